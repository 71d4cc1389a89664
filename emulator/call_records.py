"""Call records and the subscriptions that tell of them: what really happened, a quarter hour later.

Only the resource /communications/callRecords can be subscribed to: presence subscriptions are not
open to applications (concepts/changenotifications-for-presence).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from emulator.exchange import Exchange, Leg
from emulator.refusals import (
    Refused,
    Reply,
    Request,
    bad_request,
    check_callback,
    not_found,
    text,
)
from emulator.shapes import Identity, Json, identity_set, iso

RECORDS = "communications/callRecords"
LONGEST_MS = 4_230 * 60_000
SHORTEST_MS = 45 * 60_000
STATE_AT_MOST = 128


@dataclass(slots=True)
class _Session:
    other: Identity
    start: int
    end: int | None = None


@dataclass(slots=True)
class _Record:
    id: str
    leg: str
    caller: Identity
    tenant_id: str
    start: int
    end: int | None = None
    shown: bool = False
    sessions: dict[str, _Session] = field(default_factory=dict[str, _Session])


@dataclass(slots=True, kw_only=True)
class Subscription:
    id: str
    app_id: str
    tenant_id: str
    change_type: str
    url: str
    lifecycle_url: str | None
    resource: str
    expires: int
    client_state: str | None


class CallRecords:
    """An observer: writes a record per caller, which can be read once it is old enough."""

    def __init__(self, exchange: Exchange) -> None:
        self._x = exchange
        self._open: dict[str, _Record] = {}
        self._sessions: dict[str, _Session] = {}
        """of legs that talk with a caller"""
        self._closed: dict[str, _Record] = {}
        self._subscriptions: dict[str, Subscription] = {}

    def on(self, event: str, leg: Leg, detail: str) -> None:
        if leg.role == "caller":
            self._of_caller(event, leg, detail)
        elif event == "ended":
            session = self._sessions.pop(leg.id, None)
            if session is not None and session.end is None:
                session.end = self._x.now

    def _of_caller(self, event: str, leg: Leg, detail: str) -> None:
        now = self._x.now
        if event == "placed":
            call = self._x.calls[leg.call]
            self._open[leg.id] = _Record(
                call.chain_id.lower(), leg.id, leg.identity, call.tenant_id, now
            )
            return
        record = self._open.get(leg.id)
        if record is None:
            return
        if event == "answered":
            app = self._x.calls[leg.call].app_id
            record.sessions["bot"] = _Session(Identity(kind="application", id=app), now)
        elif event == "talk":
            other = self._x.legs[detail]
            session = record.sessions.setdefault(detail, _Session(other.identity, now))
            self._sessions[detail] = session
            bot_left = leg.room is not None and leg.room.bot is None
            if bot_left and "bot" in record.sessions:
                record.sessions["bot"].end = now
        elif event == "ended":
            self._close(record)

    def _close(self, record: _Record) -> None:
        x = self._x
        record.end = x.now
        for session in record.sessions.values():
            session.end = session.end if session.end is not None else x.now
        del self._open[record.leg]
        self._closed[record.id] = record
        x.later(x.config.timings.call_record_ms, lambda: self._show(record))

    def _show(self, record: _Record) -> None:
        record.shown = True
        for subscription in list(self._subscriptions.values()):
            if subscription.expires <= self._x.now:
                del self._subscriptions[subscription.id]
            elif subscription.tenant_id == record.tenant_id:
                self._tell(subscription, record)

    def _tell(self, subscription: Subscription, record: _Record) -> None:
        item: Json = {
            "subscriptionId": subscription.id,
            "clientState": subscription.client_state,
            "changeType": "created",
            "resource": f"{RECORDS}/{record.id}",
            "subscriptionExpirationDateTime": iso(subscription.expires),
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.callrecord",
                "@odata.id": f"{RECORDS}/{record.id}",
                "id": record.id,
            },
            "tenantId": record.tenant_id,
        }
        self._x.notices.send_plain(
            subscription.url, {"value": [item]}, subscription.app_id, subscription.tenant_id
        )

    # --- records

    def get(self, request: Request, record_id: str) -> Reply:
        record = self._closed.get(record_id.lower())
        if record is None or not record.shown or record.tenant_id != request.tenant_id:
            raise not_found(f"Call record {record_id} was not found.")
        return Reply(200, self._body(record))

    def all(self, request: Request) -> Reply:
        rows = [
            self._body(record)
            for record in self._closed.values()
            if record.shown and record.tenant_id == request.tenant_id
        ]
        return Reply(200, {"value": rows})

    def _body(self, record: _Record) -> Json:
        caller = identity_set(record.caller, self._x.switches)
        sessions = [self._session(record, key, caller) for key in record.sessions]
        others = [identity_set(s.other, self._x.switches) for s in record.sessions.values()]
        return {
            "id": record.id,
            "version": 1,
            "type": "peerToPeer" if len(record.sessions) < 2 else "groupCall",
            "modalities": ["audio"],
            "startDateTime": iso(record.start),
            "endDateTime": iso(record.end or record.start),
            "lastModifiedDateTime": iso(record.end or record.start),
            "organizer": caller,
            "participants": [caller, *others],
            "sessions": sessions,
        }

    def _session(self, record: _Record, key: str, caller: Json) -> Json:
        session = record.sessions[key]
        endpoint = "#microsoft.graph.callRecords.participantEndpoint"
        other = identity_set(session.other, self._x.switches)
        times: Json = {
            "startDateTime": iso(session.start),
            "endDateTime": iso(session.end or session.start),
        }
        ends: Json = {
            "caller": {"@odata.type": endpoint, "identity": caller},
            "callee": {"@odata.type": endpoint, "identity": other},
        }
        name = f"{record.id}-{key}"
        return {
            "id": name,
            "modalities": ["audio"],
            **times,
            **ends,
            "segments": [{"id": name, **times, **ends, "media": []}],
        }

    # --- subscriptions

    def subscriptions(self, request: Request, name: str) -> Reply:
        """POST, GET, PATCH, DELETE and reauthorize of the application's own subscriptions."""
        if not name:
            if request.method == "POST":
                return self._subscribe(request)
            mine = [s for s in self._subscriptions.values() if s.app_id == request.app_id]
            return Reply(200, {"value": [_subscription(each) for each in mine]})
        subscription = self._subscriptions.get(name.removesuffix("/reauthorize").lower())
        if subscription is None or subscription.app_id != request.app_id:
            raise not_found("The object was not found.")
        if request.method == "PATCH":
            value = request.object_body().get("expirationDateTime")
            subscription.expires = self._expiry(value)
        elif request.method == "DELETE":
            del self._subscriptions[subscription.id]
            return Reply(204)
        return Reply(200, _subscription(subscription))

    def drop(self, subscription_id: str) -> None:
        """Its address did not answer the validation."""
        self._subscriptions.pop(subscription_id, None)

    def _subscribe(self, request: Request) -> Reply:
        body = request.object_body()
        resource = str(body.get("resource", "")).strip("/")
        if resource.lower().startswith("communications/presences"):
            message = "Application permission is not supported for presence subscriptions."
            raise Refused(403, "ExtensionError", message)
        if resource.lower() != RECORDS.lower():
            raise bad_request(f"The resource {resource!r} cannot be subscribed to here.")
        changes = {each.strip() for each in str(body.get("changeType", "")).split(",")}
        if not changes or not changes <= {"created", "updated"}:
            raise bad_request("changeType is created, updated or both.")
        lifecycle = body.get("lifecycleNotificationUrl")
        subscription = Subscription(
            id=self._x.new_id(),
            app_id=request.app_id,
            tenant_id=request.tenant_id,
            change_type=str(body["changeType"]),
            url=check_callback(body.get("notificationUrl")),
            lifecycle_url=None if lifecycle is None else check_callback(lifecycle),
            resource=str(body["resource"]),
            expires=self._expiry(body.get("expirationDateTime")),
            client_state=text(body, "clientState", longest=STATE_AT_MOST),
        )
        self._subscriptions[subscription.id] = subscription
        urls = [subscription.url]
        if subscription.lifecycle_url is not None:
            urls.append(subscription.lifecycle_url)
        return Reply(201, _subscription(subscription), validate=tuple(urls))

    def _expiry(self, value: object) -> int:
        """Nearer than 45 minutes is raised to 45 (resources/subscription); too far is refused."""
        try:
            when = datetime.datetime.fromisoformat(str(value))
        except ValueError:
            raise bad_request(f"expirationDateTime is no date: {value!r}") from None
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        at = int(when.timestamp() * 1000)
        if at > self._x.now + LONGEST_MS:
            raise bad_request("Subscription expiration can only be 4230 minutes in the future.")
        return max(at, self._x.now + SHORTEST_MS)


def _subscription(subscription: Subscription) -> Json:
    return {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.app_id,
        "changeType": subscription.change_type,
        "clientState": subscription.client_state,
        "notificationUrl": subscription.url,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": iso(subscription.expires),
        "notificationContentType": "application/json",
    }
