"""Everything written down: SQLAlchemy Core on SQLite or PostgreSQL."""
