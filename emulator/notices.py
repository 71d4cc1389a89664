"""Notifications on their way to the bot: per call in order, one at a time, but for faults.

Each call has a lane. The head of a lane is handed out as a Delivery; whoever posts it reports back
with `delivered`, and only then the next one leaves. A delivery nobody took is tried again when the
switch `redelivery` says so.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.log import Faulted, Notified
from emulator.shapes import GRAPH, Json

if TYPE_CHECKING:
    from emulator.exchange import Call, Exchange
    from emulator.faults import Fault

RETRY_AFTER_MS = (1_000, 2_000, 4_000, 8_000)


@dataclass(slots=True)
class Delivery:
    """One POST to make. Sign it (issuer, app_id, tenant_id), send it, report it: `delivered`."""

    id: int
    due: int
    url: str
    body: Json
    call_id: str
    app_id: str
    tenant_id: str
    issuer: str
    """botframework or graph; empty: unsigned"""
    headers: dict[str, str]
    what: tuple[str, ...]
    attempt: int
    in_lane: bool


@dataclass(slots=True)
class _Notice:
    due: int
    what: str
    item: Json
    url: str


@dataclass(slots=True)
class _Lane:
    call: Call
    waiting: deque[_Notice] = field(default_factory=deque[_Notice])
    flying: bool = False


class Notices:
    def __init__(self, exchange: Exchange) -> None:
        self._x = exchange
        self._lanes: dict[str, _Lane] = {}
        self._ready: list[Delivery] = []
        self._count = 0

    def send(self, call: Call, what: str, item: Json) -> None:
        """Queue one commsNotification for the call's webhook."""
        timings = self._x.config.timings
        wait = timings.notify_ms
        if timings.notify_jitter_ms:
            wait += self._x.rng.randrange(timings.notify_jitter_ms)
        notice = _Notice(self._x.now + wait, what, item, call.callback)
        fault = self._x.faults.for_notice(what, call.id)
        if fault is not None:
            self._x.log.add(Faulted(at=self._x.now, call=call.id, what=what, fault=fault.kind))
            if not self._survives(call, notice, fault):
                return
        lane = self._lanes.setdefault(call.id, _Lane(call))
        lane.waiting.append(notice)
        self._arm(lane, notice.due)

    def send_plain(self, url: str, body: Json, app_id: str, tenant_id: str) -> None:
        """A change notification of a subscription: unsigned, in no lane."""
        self._count += 1
        headers = {"Content-Type": "application/json; charset=utf-8"}
        self._ready.append(
            Delivery(
                id=self._count,
                due=self._x.now,
                url=url,
                body=body,
                call_id="",
                app_id=app_id,
                tenant_id=tenant_id,
                issuer="",
                headers=headers,
                what=("call_record",),
                attempt=1,
                in_lane=False,
            )
        )

    def take(self) -> list[Delivery]:
        """The deliveries that are due; each is handed out once."""
        ready, self._ready = self._ready, []
        return ready

    def delivered(self, delivery: Delivery, status: int, ms: int) -> None:
        """What became of a delivery; status 0 means that nobody answered."""
        now = self._x.now
        self._x.log.add(
            Notified(
                at=now,
                call=delivery.call_id,
                what=delivery.what,
                url=delivery.url,
                body=delivery.body,
                attempt=delivery.attempt,
                status=status,
                ms=ms,
            )
        )
        failed = status == 0 or status >= 500
        more = delivery.attempt <= len(RETRY_AFTER_MS)
        if failed and more and self._x.switches["redelivery"] != "none":
            due = now + RETRY_AFTER_MS[delivery.attempt - 1]
            self._x.timers.at(due, lambda: self._again(delivery))
            return
        lane = self._lanes.get(delivery.call_id)
        if lane is not None and delivery.in_lane:
            lane.flying = False
            self._pump(lane)

    def waiting(self) -> int:
        """Notifications not yet handed out."""
        return sum(len(lane.waiting) for lane in self._lanes.values()) + len(self._ready)

    def _survives(self, call: Call, notice: _Notice, fault: Fault) -> bool:
        """Apply a fault; False when the notice leaves (or does not leave) by another way."""
        match fault.kind:
            case "drop":
                return False
            case "delay":
                notice.due += fault.delay_ms
            case "reorder":
                self._beside(call, notice, fault.delay_ms)
                return False
            case _:
                self._beside(call, notice, fault.delay_ms)
        return True

    def _beside(self, call: Call, notice: _Notice, delay_ms: int) -> None:
        due = notice.due + delay_ms
        self._x.timers.at(due, lambda: self._hand_out(call, [notice], in_lane=False))

    def _arm(self, lane: _Lane, due: int) -> None:
        if due <= self._x.now:
            self._pump(lane)
        else:
            self._x.timers.at(due, lambda: self._pump(lane))

    def _pump(self, lane: _Lane) -> None:
        if lane.flying:
            return
        if not lane.waiting:
            if lane.call.state == "terminated":
                self._lanes.pop(lane.call.id, None)
            return
        if lane.waiting[0].due > self._x.now:
            return
        batch = [lane.waiting.popleft()]
        if self._x.switches["bundling"] == "bundled":
            while lane.waiting and self._bundles(lane.waiting[0], batch[0]):
                batch.append(lane.waiting.popleft())
        lane.flying = True
        self._hand_out(lane.call, batch, in_lane=True)

    def _bundles(self, notice: _Notice, first: _Notice) -> bool:
        return notice.due <= self._x.now and notice.url == first.url

    def _hand_out(self, call: Call, batch: list[_Notice], *, in_lane: bool) -> None:
        self._count += 1
        switches = self._x.switches
        message_id = self._x.new_id()
        delivery = Delivery(
            id=self._count,
            due=self._x.now,
            url=batch[0].url,
            body={
                "@odata.type": GRAPH + "commsNotifications",
                "value": [notice.item for notice in batch],
            },
            call_id=call.id,
            app_id=call.app_id,
            tenant_id=call.tenant_id,
            issuer=switches["issuer"],
            headers={
                "Content-Type": switches["content_type"],
                "User-Agent": "Microsoft-Skype/3.0,(Calling/1.0)",
                "X-Microsoft-Skype-Chain-ID": call.chain_id,
                "X-Microsoft-Skype-Message-ID": message_id,
                "X-Microsoft-Skype-Original-Message-ID": message_id,
                "Scenario-Id": call.chain_id,
            },
            what=tuple(notice.what for notice in batch),
            attempt=1,
            in_lane=in_lane,
        )
        self._ready.append(delivery)

    def _again(self, delivery: Delivery) -> None:
        delivery.attempt += 1
        delivery.due = self._x.now
        if self._x.switches["redelivery"] == "new_id":
            delivery.headers["X-Microsoft-Skype-Message-ID"] = self._x.new_id()
        self._ready.append(delivery)
