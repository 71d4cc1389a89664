"""Other systems that are told facts: how far each is, and what it was not told.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("name", Name, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", Counted, primary_key=True),
        sa.Column("tenant", Name, nullable=False),
        sa.Column("name", Name, nullable=False),
        sa.Column("after_epoch", sa.BigInteger, nullable=False),
        sa.Column("after_seq", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("facts", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("wanted_by", sa.Text),
    )
    op.create_index("dead_letters_of", "dead_letters", ["tenant", "name", "id"])
