"""What Teams wrote down about a call that is over: who was in it, from when to when.

A record comes about a quarter of an hour after the end, sometimes an hour, and is kept for 30 days
(learn.microsoft.com/graph/callrecords-api-faq); before and after, Graph answers 404. Reading needs
the application permission CallRecords.Read.All, which not everybody gives.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from graph import requests, wire
from graph.errors import PermissionMissing, Refused
from graph.transport import GraphRequest, GraphTransport

NOT_FOUND = 404
FORBIDDEN = 403
MOST_SPELLS = 2_000
"""Sessions and segments that are read of one record; a meeting of hundreds is no call of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a session failed, in Graph's words."""

    stage: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A session, or a segment of one: two parties, and their time together.

    A party is an id in small letters, empty when the record names nobody.
    """

    caller: str
    callee: str
    began: int | None
    ended: int | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One record, in the version that was read; later ones may know more."""

    id: str
    version: int
    began: int | None
    ended: int | None
    spells: tuple[Spell, ...]
    """Each session followed by its segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecords:
    """Reads call records in one tenant."""

    transport: GraphTransport
    tenant_id: str
    app_id: str = ""

    async def read(self, record_id: str, *, deadline_ms: int | None = None) -> CallRecord | None:
        """The record; None while (or because) there is none.

        Raises PermissionMissing when records may not be read at all, and other GraphErrors.
        """
        filled = requests.call_record(record_id)
        request = GraphRequest(
            method=filled.method,
            path=filled.path,
            tenant_id=self.tenant_id,
            app_id=self.app_id,
            deadline_ms=deadline_ms,
        )
        try:
            told = (await self.transport.send(request)).json()
        except Refused as error:
            if error.status == NOT_FOUND:
                return None
            if error.status == FORBIDDEN:
                raise PermissionMissing(
                    error.message, status=error.status, code=error.code, request_id=error.request_id
                ) from error
            raise
        return call_record(told, record_id)


def call_record(told: object, record_id: str) -> CallRecord:
    """The record in Graph's JSON; what cannot be read is left out."""
    record = wire.mapping(told)
    spells: list[Spell] = []
    for spell in _spells(record.get("sessions")):
        if len(spells) == MOST_SPELLS:
            break
        spells.append(spell)
    return CallRecord(
        id=wire.identifier(record.get("id")) or record_id,
        version=wire.whole(record.get("version")) or 0,
        began=instant(record.get("startDateTime")),
        ended=instant(record.get("endDateTime")),
        spells=tuple(spells),
    )


def instant(value: object) -> int | None:
    """Graph's date and time as UTC ms; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.datetime.fromisoformat(value)
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        return int(when.timestamp() * 1000)
    except ValueError:
        return None


def _spells(sessions: object) -> Iterator[Spell]:
    for session in sessions if isinstance(sessions, list) else ():
        if not isinstance(session, dict):
            continue
        yield _spell(session)
        segments = session.get("segments")
        for segment in segments if isinstance(segments, list) else ():
            if isinstance(segment, dict):
                yield _spell(segment)


def _spell(told: wire.Json) -> Spell:
    failure = told.get("failureInfo")
    return Spell(
        caller=_party(told.get("caller")),
        callee=_party(told.get("callee")),
        began=instant(told.get("startDateTime")),
        ended=instant(told.get("endDateTime")),
        failure=_failure(failure) if isinstance(failure, dict) else None,
    )


def _party(endpoint: object) -> str:
    """Who was at an endpoint: `associatedIdentity` today, `identity` in records of before.

    learn.microsoft.com/graph/api/resources/callrecords-participantendpoint
    """
    told = wire.mapping(endpoint)
    newer = wire.directory_id(wire.mapping(told.get("associatedIdentity")).get("id"))
    return newer or wire.identity(told.get("identity")).id.lower()


def _failure(told: wire.Json) -> Failure:
    return Failure(
        stage=wire.text(told.get("stage")) or "unknown",
        reason=wire.text(told.get("reason")) or "",
    )
