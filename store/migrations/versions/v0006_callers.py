"""Past contacts are found by their caller: a column beside the record, and an index.

Records that stand already get theirs from their body. SQLite cannot add a column in the form in
which the table is declared, so there the table is made anew.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
OLD = "tenant, contact, queue, entry_point, agent, started_at, ended_at, outcome, body"
KINDS = "('number', 'internal', 'guest', 'federated')"
ON_POSTGRESQL = f"""
UPDATE contact_records
SET caller = nullif(CAST(convert_from(body, 'UTF8') AS json) ->> 'caller', '')
WHERE CAST(convert_from(body, 'UTF8') AS json) ->> 'caller_kind' IN {KINDS}
"""  # noqa: S608 - constants
ON_SQLITE = f"""
INSERT INTO contact_records ({OLD}, caller)
SELECT {OLD}, CASE WHEN json_valid(CAST(body AS TEXT))
    AND json_extract(CAST(body AS TEXT), '$.caller_kind') IN {KINDS}
    THEN nullif(json_extract(CAST(body AS TEXT), '$.caller'), '') END
FROM contact_records_0005
"""  # noqa: S608 - constants


def upgrade() -> None:
    if context.get_context().dialect.name == "postgresql":
        op.add_column("contact_records", sa.Column("caller", Name))
        op.execute(ON_POSTGRESQL)
    else:
        op.drop_index("contact_records_started", "contact_records")
        op.rename_table("contact_records", "contact_records_0005")
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
            sa.Column("caller", Name),
        )
        op.execute(ON_SQLITE)
        op.drop_table("contact_records_0005")
        op.create_index("contact_records_started", "contact_records", ["tenant", "started_at"])
    op.create_index("contact_records_caller", "contact_records", ["tenant", "caller", "started_at"])
