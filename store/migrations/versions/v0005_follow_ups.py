"""Missed calls: who takes care of one, and who has dealt with it.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("contact", Name, primary_key=True),
        sa.Column("marked_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("owner_name", sa.Text),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("done_by", sa.Text),
    )
