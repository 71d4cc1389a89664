"""Which tables a database has, and how it gets those that this program needs.

Alembic writes each migration as SQL, which runs on the store's own connection, in one transaction,
under a lock. So PostgreSQL needs no second driver and a crash leaves either schema whole. Alembic
is imported only when there is something to do: at most starts there is not.
"""

from __future__ import annotations

import io
from pathlib import Path

from store.errors import NewerSchema, OtherProgram

SCHEMA = "0007"
"""The newest migration. Numbered with four digits, so that text compares as numbers do."""

VERSION_TABLE = "switchboard_schema"
"""Alembic's version table, named so that it also marks the database as ours."""


def is_behind(where: str, tables: set[str], found: str | None) -> bool:
    """Whether migrations must run. Raises Refused if the database is not ours or newer than we.

    `tables` are all that the database holds, `found` is its schema's version if it has one.
    """
    if VERSION_TABLE not in tables:
        if tables:
            raise OtherProgram(where, f"tables {', '.join(sorted(tables)[:3])}")
        return True
    if found is None:
        raise OtherProgram(where, f"an empty table {VERSION_TABLE}")
    if found > SCHEMA:
        raise NewerSchema(where, found, SCHEMA)
    return found < SCHEMA


def render(dialect: str, found: str | None) -> str:
    """The SQL script that leads from the version found to SCHEMA, without BEGIN and COMMIT."""
    from alembic.config import Config  # noqa: PLC0415 (see the module's first lines)
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    output = io.StringIO()
    environment = EnvironmentContext(
        Config(),
        script,
        fn=lambda revision, _context: script._upgrade_revs(SCHEMA, revision),  # noqa: SLF001
        as_sql=True,
        starting_rev=found,
        destination_rev=SCHEMA,
    )
    with environment:
        environment.configure(
            dialect_name=dialect,
            output_buffer=output,
            version_table=VERSION_TABLE,
            transactional_ddl=False,
        )
        environment.run_migrations()
    return output.getvalue()
