"""Figures for reports, by quarters of an hour.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

QUEUE_COUNTS = (
    "offered",
    "answered",
    "abandoned",
    "timed_out",
    "no_agent",
    "exit",
    "callback",
    "moved",
    "closed",
    "withdrawn",
    "failed",
    "overflowed",
    "refused",
    "served",
    "answered_in_time",
    "abandoned_in_time",
    "abandoned_short",
    "wait_ms",
    "abandon_ms",
    "full_at_door",
    "closed_at_door",
    "handled",
    "talk_ms",
    "wrap_up_ms",
    "offers",
    "accepted",
    "declined",
    "missed",
    "not_taken",
    "told_waits",
    "told_held",
    "told_error_ms",
    "told_absolute_error_ms",
)
AGENT_COUNTS = (
    "handled",
    "talk_ms",
    "wrap_up_ms",
    "offers",
    "accepted",
    "declined",
    "missed",
    "not_taken",
    "available_ms",
    "ringing_ms",
    "talking_ms",
    "wrapping_ms",
    "not_ready_ms",
    "not_responding_ms",
)


def upgrade() -> None:
    op.create_table(
        "report_places",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    _create_figures()
    op.create_table(
        "report_standings",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("agent", Name, primary_key=True),
        sa.Column("upn", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("activity", sa.Text, nullable=False),
    )


def _create_figures() -> None:
    op.create_table(
        "report_queues",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True),
        sa.Column("queue", Name, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in QUEUE_COUNTS),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report_agents",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True),
        sa.Column("agent", Name, primary_key=True),
        sa.Column("queue", Name, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in AGENT_COUNTS),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report_spreads",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True),
        sa.Column("kind", Name, primary_key=True),
        sa.Column("queue", Name, primary_key=True),
        sa.Column("agent", Name, primary_key=True),
        sa.Column("bucket", sa.BigInteger, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
