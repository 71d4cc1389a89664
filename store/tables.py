"""The tables, for both databases. migrations/ creates them; a test compares the two.

Ids compare byte by byte on both databases (PostgreSQL's default collation would not), so prefixes
can be searched as ranges and every order is the same.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# SQLite counts rows by itself only in a column of exactly the type INTEGER.
Counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OWNER = sa.Table(
    "owner",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("instance", sa.Text, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    # The name of the owner's connections, by which a successor finds and ends them.
    sa.Column("alive_lock", sa.BigInteger, nullable=False),
    # The advisory lock that the owner's process holds while it lives.
    sa.Column("lease_until", sa.BigInteger, nullable=False),
    sa.Column("commits", sa.BigInteger, nullable=False),
)

LIVE = sa.Table(
    "live",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("kind", Name, primary_key=True),
    sa.Column("id", Name, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    # Rows change all the time: room beside each lets PostgreSQL update in place.
    postgresql_with={"fillfactor": 60},
)

INBOX = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", Counted, primary_key=True),
    sa.Column("tenant", Name, nullable=False),
    sa.Column("key", Name),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("consumed", sa.SmallInteger, nullable=False),
)
sa.Index("inbox_key", INBOX.c.tenant, INBOX.c.key, unique=True)
sa.Index(
    "inbox_unconsumed",
    INBOX.c.tenant,
    INBOX.c.received_at,
    sqlite_where=INBOX.c.consumed == sa.literal_column("0"),
    postgresql_where=INBOX.c.consumed == sa.literal_column("0"),
)

QUARANTINE = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", Counted, primary_key=True),
    sa.Column("tenant", Name, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

OUTBOX = sa.Table(
    "outbox",
    metadata,
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
sa.Index("outbox_id", OUTBOX.c.tenant, OUTBOX.c.id, unique=True)
sa.Index(
    "outbox_open",
    OUTBOX.c.tenant,
    OUTBOX.c.position,
    sqlite_where=OUTBOX.c.outcome.is_(None),
    postgresql_where=OUTBOX.c.outcome.is_(None),
)

FACTS = sa.Table(
    "facts",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("epoch", sa.BigInteger, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("contact", Name),
    sa.Column("agent", Name),
    sa.Column("queue", Name),
    sa.Column("kind", Name, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    # Rows are small and come in the order of their key: one tree less to write on each commit.
    sqlite_with_rowid=False,
)
sa.Index("facts_contact", FACTS.c.tenant, FACTS.c.contact)

RECORDS = sa.Table(
    "contact_records",
    metadata,
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
    # A number or an object id, by which earlier contacts are found; none of who withholds it.
)
sa.Index("contact_records_started", RECORDS.c.tenant, RECORDS.c.started_at)
sa.Index("contact_records_caller", RECORDS.c.tenant, RECORDS.c.caller, RECORDS.c.started_at)

LEG_COUNTS = sa.Table(
    "leg_counts",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # The place of the last fact that is in the counts.
    sa.Column("body", sa.LargeBinary, nullable=False),
)

REPORT_PLACES = sa.Table(
    "report_places",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # The place of the last fact that is in the figures, and when it happened.
    sa.Column("at", sa.BigInteger, nullable=False),
)

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
"""What is counted of a queue; the words are explained in console/reports/."""
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


def _counts(names: tuple[str, ...]) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


# Of one queue in a quarter of an hour, which begins at `at`.
REPORT_QUEUES = sa.Table(
    "report_queues",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("at", sa.BigInteger, primary_key=True),
    sa.Column("queue", Name, primary_key=True),
    *_counts(QUEUE_COUNTS),
    sqlite_with_rowid=False,
)

# Of one agent and queue; what belongs to no queue, such as being available, has none ('').
REPORT_AGENTS = sa.Table(
    "report_agents",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("at", sa.BigInteger, primary_key=True),
    sa.Column("agent", Name, primary_key=True),
    sa.Column("queue", Name, primary_key=True),
    *_counts(AGENT_COUNTS),
    sqlite_with_rowid=False,
)

# How many waits ('wait', without an agent) and handle times ('handle') fell into which bucket.
REPORT_SPREADS = sa.Table(
    "report_spreads",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("at", sa.BigInteger, primary_key=True),
    sa.Column("kind", Name, primary_key=True),
    sa.Column("queue", Name, primary_key=True),
    sa.Column("agent", Name, primary_key=True),
    sa.Column("bucket", sa.BigInteger, primary_key=True),
    sa.Column("n", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What each agent does since when: time that is not in the figures yet.
REPORT_STANDINGS = sa.Table(
    "report_standings",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("agent", Name, primary_key=True),
    sa.Column("upn", sa.Text, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("activity", sa.Text, nullable=False),
)

VOICEMAILS = sa.Table(
    "voicemails",
    metadata,
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
    # The person's object id in the directory.
    sa.Column("owner_name", sa.Text),
    sa.Column("done_at", sa.BigInteger),
    sa.Column("done_by", sa.Text),
)
sa.Index("voicemails_left", VOICEMAILS.c.tenant, VOICEMAILS.c.left_at, VOICEMAILS.c.id)
sa.Index("voicemails_delete", VOICEMAILS.c.tenant, VOICEMAILS.c.delete_at)

# Apart from the lines, so that a list reads no sound.
VOICEMAIL_AUDIO = sa.Table(
    "voicemail_audio",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("id", Name, primary_key=True),
    sa.Column("stored_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

MEDIA_LINKS = sa.Table(
    "media_links",
    metadata,
    sa.Column("token", Name, primary_key=True),
    sa.Column("tenant", Name, nullable=False),
    sa.Column("voicemail", Name, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)

SUBSCRIBERS = sa.Table(
    "subscribers",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("name", Name, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # The place of the last fact that it was told, or that was not for it.
    sa.Column("failing_since", sa.BigInteger),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
)

# What a subscriber was not told, or is to be told again: facts from one place to another.
DEAD_LETTERS = sa.Table(
    "dead_letters",
    metadata,
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
    # Who asked for it to be told again; null: nobody yet.
)
sa.Index("dead_letters_of", DEAD_LETTERS.c.tenant, DEAD_LETTERS.c.name, DEAD_LETTERS.c.id)

# What people said about a contact that was missed.
FOLLOW_UPS = sa.Table(
    "follow_ups",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("contact", Name, primary_key=True),
    sa.Column("marked_at", sa.BigInteger, nullable=False),
    sa.Column("owner", sa.Text),
    # The person's object id in the directory.
    sa.Column("owner_name", sa.Text),
    sa.Column("done_at", sa.BigInteger),
    sa.Column("done_by", sa.Text),
)

PLANS = sa.Table(
    "plan_versions",
    metadata,
    sa.Column("id", Counted, primary_key=True),
    sa.Column("tenant", Name, nullable=False),
    sa.Column("sha256", Name, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("compiled", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)
sa.Index("plan_versions_tenant", PLANS.c.tenant, PLANS.c.id)

PROMPTS = sa.Table(
    "prompts",
    metadata,
    sa.Column("sha256", Name, primary_key=True),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("duration_ms", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

PROMPT_KEYS = sa.Table(
    "prompt_keys",
    metadata,
    sa.Column("key", Name, primary_key=True),
    sa.Column("sha256", Name, nullable=False),
)

CONVERSATIONS = sa.Table(
    "conversations",
    metadata,
    sa.Column("tenant", Name, primary_key=True),
    sa.Column("person", Name, primary_key=True),
    # The person's object id in the directory.
    sa.Column("saved", sa.Text, nullable=False),
    sa.Column("saved_at", sa.BigInteger, nullable=False),
)
