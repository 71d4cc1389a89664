"""Nothing that can be posted makes the parser raise, or leaves it with an unsafe string."""

import dataclasses
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from kit import graph_samples as sample
from kit.graph_samples import CALLER, entry, envelope, identity, party

from graph.errors import BadNotification
from graph.notifications import Batch, parse

BODIES = [
    envelope(
        entry("created", sample.incoming(callRoutes=[{"original": party(user=identity(CALLER))}])),
        entry("updated", sample.tone(1, "tone1")),
        entry("updated", sample.state("established", resultInfo=sample.result(500, 7000))),
    ),
    envelope(
        entry(
            "updated",
            [
                sample.roster_entry(
                    party(user=identity(CALLER, "Ann")), removedState={"reason": "x"}
                )
            ],
            sample.ROSTER_URL,
        ),
        entry("deleted", sample.operation("playPrompt"), sample.OPERATION_URL),
        entry("deleted", sample.state("terminated", answeredBy=party(user=identity(CALLER)))),
        entry("changed", {"@odata.type": "#microsoft.graph.other"}),
    ),
]
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

ANY_TEXT = st.text(st.characters(), max_size=40) | st.sampled_from(
    ["\x00", "\ud800", "a\ud800b\x00", "deleted", "terminated", CALLER, "x" * 5000, "tone1"]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(tree, dict):
        members: Any = tree.items()
    else:
        members = enumerate(tree) if isinstance(tree, list) else ()
    for key, value in members:
        found.extend(places(value, (*path, key)))
    return found


def changed(tree: Any, path: tuple[Any, ...], value: Any, *, rename: bool) -> Any:
    copy = json.loads(json.dumps(tree))
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    if rename and isinstance(holder, dict) and isinstance(value, str):
        holder[value] = holder.pop(path[-1])
    else:
        holder[path[-1]] = value
    return copy


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        return [s for f in dataclasses.fields(value) for s in strings(getattr(value, f.name))]
    if isinstance(value, dict):
        return [s for pair in value.items() for part in pair for s in strings(part)]
    return [s for part in value for s in strings(part)] if isinstance(value, list | tuple) else []


def parsed(body: bytes) -> Batch | None:
    batch: Batch | None = None
    refusal = ""
    try:
        batch = parse(body)
    except BadNotification as error:
        refusal = str(error)
    assert not UNSAFE.search(refusal)
    if batch is None:
        assert refusal
        return None
    assert [s for s in strings(batch) if UNSAFE.search(s)] == []
    assert "unreadable" not in batch.problems, "the reader itself stumbled"
    for item in batch.items:
        assert item.identity is None or not UNSAFE.search(item.identity)
    return batch


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    parsed(body)


@given(ANY_JSON)
def test_any_json_is_read_or_refused(tree: Any) -> None:
    parsed(json.dumps(tree).encode())


@given(ANY_JSON)
def test_any_json_inside_an_envelope_is_counted(tree: Any) -> None:
    batch = parsed(json.dumps(envelope(tree, entry("deleted", None))).encode())
    assert batch is not None
    assert batch.items[-1].identity == f"deleted:{sample.CALL}"


@given(st.data(), st.sampled_from(BODIES), ANY_JSON, st.booleans())
def test_any_member_may_be_anything(
    data: st.DataObject, body: Any, value: Any, rename: bool
) -> None:
    path = data.draw(st.sampled_from(places(body)))
    parsed(json.dumps(changed(body, path, value, rename=rename)).encode())


@given(st.sampled_from(BODIES), st.integers(min_value=0), st.integers(0, 255), st.booleans())
def test_any_byte_may_be_wrong_or_the_rest_missing(
    body: Any, at: int, byte: int, cut: bool
) -> None:
    written = bytearray(json.dumps(body).encode())
    at %= len(written)
    written[at] = byte
    parsed(bytes(written[:at] if cut else written))
