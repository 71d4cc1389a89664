"""Presence: what Graph shows of somebody's state, late as it is, in either vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.exchange import Exchange, Leg
from emulator.log import PresenceChanged
from emulator.refusals import Reply, Request, bad_request, check_words, not_found
from emulator.ringing import Directory
from emulator.shapes import Json, iso, too_many

IDS_AT_ONCE = 650
WINDOW_MS = 30_000
LAG_MS = {"none": 0, "seconds": 4_000, "minutes": 120_000}
IN_A_CALL = ("Busy", "InACall")
# Teams' pairs in the words of the page of 2026: the availability says it all.
IN_AVAILABILITY = {"InACall", "InAMeeting", "Presenting", "Focusing", "InAConferenceCall"}


@dataclass(slots=True)
class _State:
    own: tuple[str, str]
    """what the person set"""
    calls: int = 0
    shown: tuple[str, str] = ("", "")
    version: int = 0


class Presences:
    """An observer: whoever is connected turns Busy/InACall after the lag."""

    def __init__(self, exchange: Exchange, directory: Directory) -> None:
        self._x = exchange
        self._directory = directory
        self._states: dict[str, _State] = {}
        self._connected: set[str] = set()
        self._reads: dict[str, tuple[int, int]] = {}
        """requests counted since an instant, by application"""
        for person in exchange.config.people:
            own = (person.availability, person.activity)
            self._states[person.upn] = _State(own, shown=own)

    def set(self, upn: str, availability: str, activity: str, *, at_once: bool = True) -> None:
        """The person chooses a state in Teams."""
        state = self._states[upn]
        state.own = (availability, activity)
        self._changed(upn, 0 if at_once else self._lag())

    def shown(self, upn: str) -> tuple[str, str]:
        return self._states[upn].shown

    def show_all(self) -> None:
        """What everybody really does is shown, at once: presence has thawed."""
        for upn in self._states:
            self._show(upn)

    def outside_call(self, upn: str, *, started: bool) -> None:
        """A call that has nothing to do with us begins or ends."""
        self._count(upn, 1 if started else -1)

    def on(self, event: str, leg: Leg, detail: str) -> None:
        del detail
        if leg.person is None or leg.role == "voicemail":
            return
        if event == "connected":
            self._connected.add(leg.id)
            self._count(leg.party, 1)
        elif event == "ended" and leg.id in self._connected:
            self._connected.remove(leg.id)
            self._count(leg.party, -1)

    def _count(self, upn: str, step: int) -> None:
        state = self._states[upn]
        before = state.calls > 0
        state.calls += step
        if (state.calls > 0) != before:
            self._changed(upn, self._lag())

    def _lag(self) -> int:
        return LAG_MS[self._x.switches["presence_lag"]]

    def _changed(self, upn: str, lag: int) -> None:
        if lag:
            self._x.later(lag, lambda: self._show(upn))
        else:
            self._show(upn)

    def _show(self, upn: str) -> None:
        if self._x.switches["presence_frozen"] == "frozen":
            return
        state = self._states[upn]
        value = IN_A_CALL if state.calls > 0 else state.own
        if value != state.shown:
            state.shown = value
            state.version += 1
            self._x.log.add(
                PresenceChanged(at=self._x.now, party=upn, availability=value[0], activity=value[1])
            )

    # --- requests

    def by_ids(self, request: Request) -> Reply:
        throttled = self._throttled(request)
        if throttled is not None:
            return throttled
        body = request.object_body()
        check_words("getPresencesByUserId", body)
        ids = body.get("ids")
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise bad_request("ids must be a collection of strings.")
        if not 1 <= len(ids) <= IDS_AT_ONCE:
            raise bad_request(f"ids must hold 1 to {IDS_AT_ONCE} ids, not {len(ids)}.")
        people = self._directory.people
        known = (people.get(each.lower()) for each in ids)
        return Reply(200, {"value": [self._body(p.upn, p.id) for p in known if p is not None]})

    def one(self, request: Request, name: str) -> Reply:
        throttled = self._throttled(request)
        if throttled is not None:
            return throttled
        person = self._directory.person(name)
        if person is None:
            raise not_found(f"Resource '{name}' does not exist.")
        return Reply(200, self._body(person.upn, person.id))

    def _throttled(self, request: Request) -> Reply | None:
        """1,500 requests in 30 s per application and tenant; those refused count too."""
        application = self._directory.applications.get(request.app_id.lower())
        if application is None:
            return None
        now = self._x.now
        since, count = self._reads.get(application.id, (now, 0))
        if now - since >= WINDOW_MS:
            since, count = now, 0
        self._reads[application.id] = (since, count + 1)
        if count < application.presence_reads:
            return None
        wait = str((since + WINDOW_MS - now + 999) // 1000)
        return Reply(429, too_many(self._x.new_id(), iso(now)), {"Retry-After": wait})

    def _body(self, upn: str, person_id: str) -> Json:
        state = self._states[upn]
        availability, activity = state.shown
        if self._x.switches["presence_vocabulary"] == "new":
            availability, activity = _in_new_words(availability, activity)
        return {
            "id": person_id,
            "availability": availability,
            "activity": activity,
            "sequenceNumber": f"A{state.version:012d}",
        }


def _in_new_words(availability: str, activity: str) -> tuple[str, str]:
    if activity in IN_AVAILABILITY:
        word = _small("InACall" if activity == "InAConferenceCall" else activity)
        return word, _small(availability)
    return _small(availability), _small(activity)


def _small(word: str) -> str:
    return word[:1].lower() + word[1:]
