"""The first tables.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_ownership()
    _create_live_state()
    _create_inbox()
    _create_outbox()
    _create_history()
    _create_plans_and_prompts()
    _create_conversations()


def _create_ownership() -> None:
    op.create_table(
        "owner",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("alive_lock", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("commits", sa.BigInteger, nullable=False),
    )


def _create_live_state() -> None:
    op.create_table(
        "live",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("kind", Name, primary_key=True),
        sa.Column("id", Name, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        postgresql_with={"fillfactor": 60},
    )


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", Counted, primary_key=True),
        sa.Column("tenant", Name, nullable=False),
        sa.Column("key", Name),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("consumed", sa.SmallInteger, nullable=False),
    )
    op.create_index("inbox_key", "inbox", ["tenant", "key"], unique=True)
    op.create_index(
        "inbox_unconsumed",
        "inbox",
        ["tenant", "received_at"],
        sqlite_where=sa.text("consumed = 0"),
        postgresql_where=sa.text("consumed = 0"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", Counted, primary_key=True),
        sa.Column("tenant", Name, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("position", Counted, primary_key=True),
        sa.Column("tenant", Name, nullable=False),
        sa.Column("id", Name, nullable=False),
        sa.Column("call", Name, nullable=False),
        sa.Column("lane", Name, nullable=False),
        sa.Column("kind", Name, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("deadline", sa.BigInteger),
        sa.Column("outcome", sa.Text),
        sa.Column("outcome_at", sa.BigInteger),
    )
    op.create_index("outbox_id", "outbox", ["tenant", "id"], unique=True)
    op.create_index(
        "outbox_open",
        "outbox",
        ["tenant", "position"],
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _create_history() -> None:
    op.create_table(
        "facts",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("contact", Name),
        sa.Column("agent", Name),
        sa.Column("queue", Name),
        sa.Column("kind", Name, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("facts_contact", "facts", ["tenant", "contact"])
    op.create_table(
        "contact_records",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("contact", Name, primary_key=True),
        sa.Column("queue", Name),
        sa.Column("entry_point", Name),
        sa.Column("agent", Name),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("outcome", Name),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("contact_records_started", "contact_records", ["tenant", "started_at"])


def _create_plans_and_prompts() -> None:
    op.create_table(
        "plan_versions",
        sa.Column("id", Counted, primary_key=True),
        sa.Column("tenant", Name, nullable=False),
        sa.Column("sha256", Name, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("compiled", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
    )
    op.create_index("plan_versions_tenant", "plan_versions", ["tenant", "id"])
    op.create_table(
        "prompts",
        sa.Column("sha256", Name, primary_key=True),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "prompt_keys",
        sa.Column("key", Name, primary_key=True),
        sa.Column("sha256", Name, nullable=False),
    )


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("person", Name, primary_key=True),
        sa.Column("saved", sa.Text, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
    )
