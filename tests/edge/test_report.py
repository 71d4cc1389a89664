"""`switchboard report`: a bundle with the story, and nobody in it."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.floor_desk import Desk, plan
from kit.store import Ticks

from bot.bundle.command import write_report
from bot.bundle.contents import Leaks, Story, bundle, read_story
from bot.bundle.masking import Masker
from bot.owner.step_batch import Gathered
from console.inquiry import PLANS
from console.past import PastFact
from routing.commands import Answer, HangUp
from routing.engine import Step
from routing.events import Caller, CallerKind, CallEstablished, CallIncoming, Member, Tick
from routing.plan import EntryPoint, Plan, Queue
from routing.word_events import DeclinedByCard
from store.archive import open_archive
from store.database import open_store

TENANT = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
NUMBER, NAME = "+4930987654321", "Bärbel Öztürk-Meier"
AGENT_ID, AGENT_UPN = "9b1f7a66-54d3-4f6f-8f7b-1b6f3c0e7d55", "grete.hansen@contoso.example"
AGENT_NAME = "Grete Hansen"
REASON = "ich hole meine Tochter ab"
SUPERVISOR = "sven.supervisor@contoso.example"
SECRET = "a-secret-of-sixteen-signs"
PERSONAL = (
    NUMBER,
    NUMBER[1:],
    "987654321",
    NAME,
    "Bärbel",
    "Meier",
    AGENT_ID,
    AGENT_UPN,
    "grete",
    "hansen",
    AGENT_NAME,
    REASON,
    "Tochter",
    SUPERVISOR,
    "sven",
    SECRET,
    "Chefsekretariat",
    "+4930111222333",
)


def the_plan() -> Plan:
    queue = Queue(
        name="support",
        title="Bei Chefsekretariat",
        members=(AGENT_UPN,),
        supervisors=(SUPERVISOR,),
    )
    made = plan(queue, Queue(name="sales"))
    entry = EntryPoint(name="support", account="line@contoso.example", queue="support")
    return Plan(
        tenant=made.tenant,
        entry_points=(entry,),
        queues=made.queues,
        default_entry_point="support",
        legs={"app": 100},
    )


def the_story() -> Desk:
    """A caller with a name is offered to an agent with a name, who declines with words."""
    members = tuple(
        Member(queue="support", position=n, agent=agent, upn=upn, name=name)
        for n, (agent, upn, name) in enumerate(
            [(AGENT_ID, AGENT_UPN, AGENT_NAME), ("a1", "other.one@contoso.example", "Other One")]
        )
    )
    desk = Desk(the_plan(), members=members)
    desk.chats(AGENT_ID)
    desk.calls += 1
    caller = Caller(kind=CallerKind.NUMBER, id=NUMBER, name=NAME)
    desk.give(
        CallIncoming(
            call="caller1",
            app="app",
            account="",
            caller=caller,
            chain="2f8f4a52-7c5c-4b52-9d5c-2a1de3b4c5d6",
            forwarded_from="+4930111222333",
        )
    )
    desk.ok(desk.last(Answer))
    desk.give(CallEstablished(call="caller1"))
    offer = desk.card_taken()
    desk.phone_rings()
    desk.give(DeclinedByCard(offer=offer, agent=AGENT_ID, reason=REASON), after=1_000)
    desk.ok(desk.last(HangUp))
    desk.wait(60_000)
    return desk


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    desk = the_story()
    file = tmp_path / "switchboard.db"
    store = await open_store(f"sqlite:///{file}", monotonic=Ticks())
    ownership = await store.acquire(TENANT, "test")
    assert ownership is not None
    step = Step(facts=desk.facts, records=desk.records, commands=desk.commands)
    state = desk.engine.state
    for kind, shelf in (
        ("agent", state.agents),
        ("contact", state.contacts),
        ("call", state.calls),
        ("offer", state.offers),
    ):
        for entity in shelf.values():  # type: ignore[attr-defined]
            step.touched[kind, entity.id] = entity
    gathered = Gathered()
    gathered.add(Tick(), step, desk.now)
    await store.commit(gathered.batch(TENANT, ownership.epoch, 0))
    await store.plans.put(
        TENANT,
        text="tenant: contoso.example\n",
        compiled=PLANS.encode(desk.engine.plan),
        created_at=1,
        created_by="test",
    )
    yield file
    await store.close()


async def the_contact(path: Path) -> str:
    archive = await open_archive(f"sqlite:///{path}")
    try:
        found: list[str] = await archive.history.find(TENANT, "1-")
        return found[0]
    finally:
        await archive.close()


async def test_no_byte_of_it_names_anybody_and_the_story_is_there(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contact, out = await the_contact(path), tmp_path / "out.zip"
    assert await write_report(contact, str(out), f"sqlite:///{path}", TENANT) == 0
    assert "Look into it before you send it" in capsys.readouterr().out
    with zipfile.ZipFile(out) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
        assert archive.comment == b""
    everything = "\n".join([*files, *files.values()]).lower()
    assert [each for each in PERSONAL if each.lower() in everything] == []
    assert out.read_bytes().find(NUMBER.encode()) == -1
    assert "offered" in files["why.txt"].lower()
    assert "declined" in files["timeline.txt"]
    kinds = [json.loads(line)["kind"] for line in files["facts.jsonl"].splitlines()]
    assert kinds[0] == "contact.arrived"
    assert "offer.ended" in kinds
    commands = [json.loads(line) for line in files["outbox.jsonl"].splitlines()]
    assert {"Answer", "Play"} <= {each["kind"] for each in commands}
    assert json.loads(files["plan.json"])["queues"][0]["delivery"] == "consult"
    assert json.loads(files["versions.json"])["libraries"]["aiohttp"]
    live = json.loads(files["live.json"])
    [call] = [each for each in live if each["what"] == "contact"]
    assert call["chain"] == "2f8f4a52-7c5c-4b52-9d5c-2a1de3b4c5d6", "support needs it"


async def test_one_person_is_the_same_everywhere_and_two_are_not(path: Path) -> None:
    archive = await open_archive(f"sqlite:///{path}")
    try:
        story = await read_story(archive, TENANT, await the_contact(path))
    finally:
        await archive.close()
    masker = Masker()
    masker.same(AGENT_ID, AGENT_UPN, AGENT_NAME)
    masker.same("a1", "other.one@contoso.example")
    told = masker.text(f"{AGENT_UPN} and {AGENT_NAME}, not other.one@contoso.example")
    assert told == "person-1 and person-1, not person-2"
    content = bundle(story)
    assert content == bundle(story), "the same story is the same file"


async def test_an_unknown_contact_is_said(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await write_report("nobody", "", f"sqlite:///{path}", TENANT) == 1
    assert "There is no contact 'nobody'" in capsys.readouterr().err
    folder = tmp_path / "no" / "folder.zip"
    contact = await the_contact(path)
    assert await write_report(contact, str(folder), f"sqlite:///{path}", TENANT) == 1
    assert "cannot be written" in capsys.readouterr().out


def story_with(detail: dict[str, Any]) -> Story:
    fact = PastFact(place=(1, 1), at=1, kind="contact.arrived", contact="1-1", detail=detail)
    return Story(
        contact="1-1",
        facts=[fact],
        record={"caller": NUMBER, "caller_name": NAME, **detail},
        live=[],
        outbox=[],
        plan={"queues": [{"name": "support", "title": NAME}], **detail},
        plan_version=1,
        agents=[{"id": AGENT_ID, "upn": AGENT_UPN, "name": AGENT_NAME}],
        names=["support"],
    )


PERSON = st.sampled_from([NUMBER, NAME, AGENT_UPN, AGENT_ID, AGENT_NAME, REASON, SECRET])
KEYS = st.sampled_from(
    ["caller", "note", "text", "reason", "by", "unheard_of", "target", "say", "why", "to", "id"]
)
TREES = st.recursive(
    PERSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def files_of(content: bytes) -> str:
    """Every file's text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_wherever_somebody_stands_they_are_not_in_it(detail: dict[str, Any]) -> None:
    everything = files_of(bundle(story_with(detail), [SECRET]))
    lower = everything.lower()
    assert [each for each in PERSONAL[:13] if each.lower() in lower] == []
    assert SECRET not in everything


def test_own_words_and_what_was_keyed_in_are_told_by_their_length() -> None:
    """Also one word in small letters, which looks like one of the program's."""
    own = {"note": "blauwal", "attributes": {"pin": "blauwal"}, "digits": "4711"}
    content = files_of(bundle(story_with(own)))
    assert "blauwal" not in content
    assert "4711" not in content
    assert '"pin": "[7 characters]"' in content


def test_somebody_is_recognized_also_where_no_key_says_that_it_is_a_person() -> None:
    """A name like a word of the program's, before and after the place that tells whose it is."""
    content = files_of(bundle(story_with({"unheard_of": "mondrian", "by": "mondrian"})))
    assert "mondrian" not in content
    assert '"caller": "the-caller"' in content


def test_a_bundle_that_would_name_somebody_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Masker, "text", lambda _self, text: text)
    monkeypatch.setattr(Masker, "mask", lambda _self, tree, _key="": tree)
    with pytest.raises(Leaks, match="please report it"):
        bundle(story_with({"caller": NAME}))
