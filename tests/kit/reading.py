"""Notifications as the product reads them, for tests that look at one at a time."""

import json
from typing import Any

from kit import graph_samples as sample
from kit.graph_samples import CALL, entry, envelope

from graph.models import IncomingCall
from graph.notifications import (
    Batch,
    CallCreated,
    CallDeleted,
    CallUpdated,
    Notification,
    OperationEnded,
    RosterUpdated,
    parse,
)


def read(*entries: Any) -> Batch:
    return parse(json.dumps(envelope(*entries)).encode())


def only(
    change: str, data: Any, url: str = f"/communications/calls/{CALL}", **more: Any
) -> Notification:
    batch = read(entry(change, data, url, **more))
    assert batch.problems == {}
    (item,) = batch.items
    return item


def call(source: Any = None, target: Any = None, **more: Any) -> IncomingCall:
    item = only("created", sample.incoming(source, target, **more))
    assert isinstance(item, CallCreated)
    return item.call


def updated(data: Any) -> CallUpdated:
    item = only("updated", data)
    assert isinstance(item, CallUpdated)
    return item


def deleted(data: Any, **more: Any) -> CallDeleted:
    item = only("deleted", data, **more)
    assert isinstance(item, CallDeleted)
    return item


def ended(data: Any, url: str = sample.OPERATION_URL, change: str = "deleted") -> OperationEnded:
    item = only(change, data, url)
    assert isinstance(item, OperationEnded)
    return item


def roster(data: Any, url: str = sample.ROSTER_URL, change: str = "updated") -> RosterUpdated:
    item = only(change, data, url)
    assert isinstance(item, RosterUpdated)
    return item
