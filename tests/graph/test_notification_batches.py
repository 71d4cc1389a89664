"""Bodies of several notifications, of strangers, and of no sense."""

import json
from typing import Any

import pytest
from kit import graph_samples as sample
from kit.graph_samples import CALL, CALLER, entry, envelope, identity, party
from kit.reading import call, read

from graph.errors import BadNotification
from graph.notifications import (
    CallCreated,
    CallDeleted,
    CallUpdated,
    Tone,
    Unknown,
    parse,
)

# --- batches and bad input


def test_a_batch_keeps_its_order_and_survives_its_worst_item() -> None:
    batch = read(
        entry("created", sample.incoming()),
        None,
        "text",
        {"changeType": 3},
        entry("exploded", sample.state("hold")),
        entry("updated", ["what"]),
        entry(
            "updated",
            {"@odata.type": "#microsoft.graph.audioRoutingGroup"},
            f"{sample.ROSTER_URL[:-12]}audioRoutingGroups/1",
        ),
        entry("deleted", None),
    )
    kinds = [type(item) for item in batch.items]
    assert kinds == [CallCreated, Unknown, Unknown, CallDeleted]
    assert batch.problems == {
        "entry is no object": 2,
        "no call id": 1,
        "unknown changeType": 1,
        "resourceData is no object": 1,
        "unknown kind": 1,
    }


def test_an_unknown_kind_is_kept_raw() -> None:
    url = f"/communications/calls/{CALL}/contentSharingSessions/9"
    batch = read(entry("created", {"@odata.type": "#microsoft.graph.contentSharingSession"}, url))
    (item,) = batch.items
    assert isinstance(item, Unknown)
    assert item.kind == "contentsharingsession"
    assert json.loads(item.raw or "")["resourceUrl"] == url


def test_three_calls_in_one_body_are_three() -> None:
    ids = [f"{n}{CALL[1:]}" for n in "123"]
    batch = read(*(entry("created", sample.incoming(), f"/communications/calls/{i}") for i in ids))
    assert [item.call_id for item in batch.items] == ids


def test_one_notification_without_its_list_is_read() -> None:
    batch = parse(json.dumps(entry("deleted", None)).encode())
    assert [type(item) for item in batch.items] == [CallDeleted]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not JSON"),
        (b"nonsense", "not JSON"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'"text"', "object"),
        (b"12", "object"),
        (b"{}", "`value`"),
        (b'{"value": null}', "`value`"),
        (b'{"value": 7}', "`value`"),
        (b"[" * 100_000, "not JSON"),
        (b'{"value":' + b"[" * 100_000, "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
)
def test_a_body_that_is_no_notification_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(BadNotification, match=words):
        parse(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_an_unusual_charset_does_not_lose_the_call(encoding: str) -> None:
    """microsoft-graph-comms-samples issue 23: charset=Windows-1252"""
    data = sample.incoming(party(user=identity(CALLER, "Zoë Çelik")))
    written = json.dumps(envelope(entry("created", data)), ensure_ascii=False)
    (item,) = parse(written.encode(encoding)).items
    assert isinstance(item, CallCreated)
    assert item.call.source is not None
    assert item.call.source.identity.name == "Zoë Çelik"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("two\nlines", "two lines"),
        ("x" * 300, "x" * 256),
        ("김민준", "김민준"),
        ("👩‍🚀", "👩‍🚀"),
    ],
)
def test_a_name_is_made_safe_to_store_and_print(name: str, safe: str) -> None:
    source = call(party(user=identity(CALLER, name))).source
    assert source is not None
    assert source.identity.name == safe


@pytest.mark.parametrize("bad", ["a\x00b", "x" * 513, "", {"a": 1}, True, "\ud800"])
def test_an_id_that_is_not_safe_is_no_id(bad: Any) -> None:
    source = call(party(user=identity(bad, "Ann"))).source
    assert source is not None
    assert source.identity.id == ""


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "9" * 25, "1e999", "NaN"])
def test_a_monstrous_number_is_no_number_and_hurts_nobody_else(number: str) -> None:
    good = json.dumps(entry("deleted", None))
    bad = json.dumps(entry("updated", sample.tone(41, "star"))).replace("41", number)
    batch = parse(f'{{"value":[{bad},{good}]}}'.encode())
    first, second = batch.items
    assert isinstance(first, CallUpdated)
    assert first.tone == Tone(sequence=None, key="*")
    assert isinstance(second, CallDeleted)
