"""How many rows a table has, asked past the service: what was written down, whoever denies it."""

import sqlite3
from contextlib import closing

import asyncpg
import sqlalchemy as sa


async def count_rows(url: str, *tables: str) -> dict[str, int]:
    """Rows by table."""
    statements = {
        table: str(sa.select(sa.func.count()).select_from(sa.table(table))) for table in tables
    }
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return {t: connection.execute(s).fetchone()[0] for t, s in statements.items()}
    connection = await asyncpg.connect(url)
    try:
        return {t: await connection.fetchval(s) for t, s in statements.items()}
    finally:
        await connection.close()
