"""Messages that callers leave: lines of the list, their sound, and addresses to play it back.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "voicemails",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("id", Name, primary_key=True),
        sa.Column("contact", Name, nullable=False),
        sa.Column("queue", Name, nullable=False),
        sa.Column("result", Name, nullable=False),
        sa.Column("left_at", sa.BigInteger, nullable=False),
        sa.Column("delete_at", sa.BigInteger, nullable=False),
        sa.Column("caller_kind", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("caller_name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("length_ms", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("heard_at", sa.BigInteger),
        sa.Column("heard_by", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("owner_name", sa.Text),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("done_by", sa.Text),
    )
    op.create_index("voicemails_left", "voicemails", ["tenant", "left_at", "id"])
    op.create_index("voicemails_delete", "voicemails", ["tenant", "delete_at"])
    op.create_table(
        "voicemail_audio",
        sa.Column("tenant", Name, primary_key=True),
        sa.Column("id", Name, primary_key=True),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "media_links",
        sa.Column("token", Name, primary_key=True),
        sa.Column("tenant", Name, nullable=False),
        sa.Column("voicemail", Name, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
