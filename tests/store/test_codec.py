"""Bodies: what goes in comes out, of this program's version and of others."""

import dataclasses
import inspect
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import commands, events, state
from store.codec import Codec, Unreadable, plain
from store.errors import Unstorable


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    name: str = ""
    size: int = 0


@dataclass(slots=True, kw_only=True)
class Tree:
    id: str
    color: Color = Color.RED
    tall: bool = False
    planted_at: int | None = None
    rings: tuple[int, ...] = ()
    marks: dict[str, int] = field(default_factory=dict[str, int])
    by_color: dict[Color, Leaf] = field(default_factory=dict[Color, Leaf])
    leaves: tuple[Leaf, ...] = ()
    top: Leaf | None = None


CODEC = Codec({"Tree": Tree, "leaf": Leaf})


@given(st.from_type(Tree))
def test_what_goes_in_comes_out(tree: Tree) -> None:
    assert CODEC.decode("Tree", CODEC.encode(tree)) == tree
    assert CODEC.unpack(CODEC.pack(tree)) == tree


def dataclasses_of(*modules: ModuleType) -> list[type]:
    found = {
        cls.__name__: cls
        for module in modules
        for _name, cls in inspect.getmembers(module, dataclasses.is_dataclass)
        if cls.__module__ == module.__name__
    }
    return list(found.values())


@pytest.mark.parametrize("cls", dataclasses_of(events, commands, state), ids=lambda c: c.__name__)
def test_every_entity_event_and_command_can_be_stored(cls: type) -> None:
    codec = Codec({cls.__name__: cls})

    @given(st.from_type(cls))
    def comes_out(value: object) -> None:
        assert codec.unpack(codec.pack(value)) == value

    comes_out()


@given(st.text(st.characters(codec=None, categories=["Cs", "Cc", "L", "So"])))
def test_any_text_is_kept_or_refused(text: str) -> None:
    leaf = Leaf(name=text)
    if any("\ud800" <= c <= "\udfff" for c in text):
        with pytest.raises(Unstorable, match="surrogate"):
            CODEC.encode(leaf)
    else:
        assert CODEC.decode("leaf", CODEC.encode(leaf)) == leaf


def test_no_body_holds_a_nul_byte() -> None:
    assert b"\0" not in CODEC.encode(Leaf(name="a\0b"))


def test_rows_of_an_older_program_take_defaults() -> None:
    assert CODEC.decode("Tree", b'{"id":"t"}') == Tree(id="t")


def test_rows_of_a_newer_program_lose_what_is_unknown() -> None:
    body = b'{"id":"t","height":{"m":[1,2]},"top":{"name":"x","scent":null}}'
    assert CODEC.decode("Tree", body) == Tree(id="t", top=Leaf(name="x"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"id":5}',
        b'{"id":"t","color":"green"}',
        b'{"id":"\\ud800"}',
        b'{"id":"\xff"}',
        b"\0",
    ],
)
def test_a_body_that_is_none_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CODEC.decode("Tree", body)


@pytest.mark.parametrize(
    "packed", [b"", b"x", b'["Tree"]', b'["Tree",{}]', b'["Bush",{}]', b"[1,{}]", b'{"Tree":{}}']
)
def test_what_was_never_packed_is_unreadable(packed: bytes) -> None:
    with pytest.raises(Unreadable):
        CODEC.unpack(packed)


def test_plain_values_need_no_class() -> None:
    assert plain(CODEC.encode({"rule": "longest_idle", "rest": [{"busy": 3}]})) == {
        "rule": "longest_idle",
        "rest": [{"busy": 3}],
    }
    with pytest.raises(Unreadable):
        plain(b"{")


def test_a_class_that_cannot_be_read_back_is_refused_at_once() -> None:
    @dataclass
    class Either:
        value: Leaf | Tree

    with pytest.raises(TypeError, match="Either cannot be stored"):
        Codec({"Either": Either})


def test_a_class_nobody_registered_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        CODEC.pack(Color.RED)
