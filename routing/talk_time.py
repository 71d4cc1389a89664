"""When a talk really ended, from who was on the line with whom: and the record put right.

Once caller and agent are linked by `consult` or `transfer` the call is no longer ours, so the
record says what presence showed. The platform's own record of the call comes later, and is exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from routing.events import TalkMeasured
from routing.facts import FactKind
from routing.floor import Floor

CALL_RECORD = "call_record"
LATE_MS = 30_000
"""How long after we heard of the link the two may begin to talk: their phones take a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Two parties on one line, for a time. A party is a directory's id; empty when not known."""

    parties: tuple[str, str]
    began: int
    ended: int


def talk_end(
    agent: str, connected_at: int, spells: Iterable[Spell], ours: Collection[str] = ()
) -> int | None:
    """When the talk that began about `connected_at` ended; None when the spells do not tell.

    `ours`: our applications; what an agent said to them before the link was no talk.
    """
    ends = [
        spell.ended
        for spell in spells
        if _is_with(agent, spell, ours)
        and spell.began <= connected_at + LATE_MS
        and spell.ended > max(connected_at, spell.began)
    ]
    return max(ends, default=None)


def _is_with(agent: str, spell: Spell, ours: Collection[str]) -> bool:
    parties = [party.lower() for party in spell.parties]
    if agent.lower() not in parties:
        return False
    return not any(application.lower() in parties for application in ours)


def correct(floor: Floor, event: TalkMeasured) -> None:
    """Write the record anew, with the measured end. What the service did then stays as it was."""
    record = event.record
    if record.contact in floor.state.contacts:
        # Its wrap-up may still write the record again, and would undo this.
        floor.ignored("TalkMeasured", "contact still remembered", record.contact)
        return
    floor.fact(
        FactKind.CONTACT_CORRECTED,
        contact=record.contact,
        agent=record.agent,
        queue=record.queue,
        upn=record.agent_upn,
        talk_ended_at_before=record.talk_ended_at,
        talk_ended_at=event.talk_ended_at,
        queued_at=record.queued_at,
        connected_at=record.connected_at,
        wrap_up_ms=record.wrap_up_ms,
        source_before=record.talk_time_source,
        source=CALL_RECORD,
    )
    floor.step.records.append(
        replace(record, talk_ended_at=event.talk_ended_at, talk_time_source=CALL_RECORD)
    )
