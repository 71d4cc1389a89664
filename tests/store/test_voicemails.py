"""Messages: listed once, final once, their sound apart, addresses for a while, and all of it gone
in time. On both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.store import NOW, TENANT, batch, owned

from store.contract import OutboxRow, Outcome, Store
from store.errors import Unstorable
from store.voicemails import ORPHANED_MS, Line

LINE = Line(
    tenant=TENANT,
    id="1-9",
    contact="1-1",
    queue="support",
    result="fetching",
    left_at=NOW,
    delete_at=NOW + 1_000,
    caller_kind="number",
    caller="+4930123456",
    caller_name="",
    language="en",
    length_ms=0,
    problem="",
)
SOUND = bytes(range(256)) * 400


async def test_a_line_is_brought_up_to_date_until_it_is_final(store: Store) -> None:
    messages = store.voicemails
    await messages.list_message(LINE)
    await messages.list_message(replace(LINE, result="message", length_ms=4_000))
    # What an earlier life possibly wrote comes again, and late.
    await messages.list_message(LINE)
    await messages.list_message(replace(LINE, result="failed", problem="gone"))
    found = await messages.one(TENANT, "1-9")
    assert found is not None
    assert (found.result, found.length_ms, found.problem) == ("message", 4_000, "")


async def test_pages_are_newest_first_and_lose_nobody_of_one_instant(store: Store) -> None:
    for number in range(5):
        await store.voicemails.list_message(replace(LINE, id=f"1-{number}", left_at=NOW))
    await store.voicemails.list_message(replace(LINE, id="1-9", left_at=NOW + 1))
    await store.voicemails.list_message(replace(LINE, tenant="other", id="2-1"))
    seen: list[str] = []
    before: tuple[int, str] | None = None
    while page := await store.voicemails.page(TENANT, before, 2):
        seen += [each.id for each in page]
        before = (page[-1].left_at, page[-1].id)
    assert seen == ["1-9", "1-4", "1-3", "1-2", "1-1", "1-0"]


async def test_sound_is_kept_apart_and_dropped_with_its_addresses(store: Store) -> None:
    messages = store.voicemails
    await messages.keep_audio(TENANT, "1-9", NOW, SOUND)
    await messages.keep_audio(TENANT, "1-9", NOW, SOUND)
    await messages.open_link("a" * 32, TENANT, "1-9", NOW + 10)
    assert await messages.audio(TENANT, "1-9") == SOUND
    assert await messages.audio("other", "1-9") is None
    assert await messages.linked("a" * 32, NOW + 9) == SOUND
    assert await messages.linked("a" * 32, NOW + 10) is None
    assert await messages.linked("b" * 32, NOW) is None
    await messages.drop_audio(TENANT, "1-9")
    await messages.drop_audio(TENANT, "1-9")
    assert await messages.audio(TENANT, "1-9") is None
    assert await messages.linked("a" * 32, NOW) is None


async def test_an_address_that_is_closed_opens_nothing(store: Store) -> None:
    messages = store.voicemails
    await messages.keep_audio(TENANT, "1-9", NOW, SOUND)
    await messages.open_link("a" * 32, TENANT, "1-9", NOW + 10)
    await messages.close_links(TENANT, "1-9")
    assert await messages.linked("a" * 32, NOW) is None
    assert await messages.audio(TENANT, "1-9") == SOUND


async def test_marks_stay_when_the_service_writes_the_line_again(store: Store) -> None:
    messages = store.voicemails
    await messages.list_message(LINE)
    await messages.heard(TENANT, "1-9", NOW + 1, "Ada")
    await messages.heard(TENANT, "1-9", NOW + 2, "Ben")
    await messages.own(TENANT, "1-9", "a0", "Ada")
    await messages.done(TENANT, "1-9", NOW + 3, "Ada")
    await messages.list_message(replace(LINE, result="message"))
    found = await messages.one(TENANT, "1-9")
    assert found is not None
    assert (found.heard_at, found.heard_by) == (NOW + 1, "Ada")
    assert (found.owner, found.owner_name, found.done_by) == ("a0", "Ada", "Ada")
    await messages.own(TENANT, "1-9", None, None)
    await messages.done(TENANT, "1-9", None, None)
    found = await messages.one(TENANT, "1-9")
    assert found is not None
    assert (found.owner, found.done_at, found.result) == (None, None, "message")


async def test_messages_expire_to_the_millisecond_and_go_whole(store: Store) -> None:
    messages = store.voicemails
    await messages.list_message(LINE)
    await messages.keep_audio(TENANT, "1-9", NOW, SOUND)
    assert await messages.expired(TENANT, NOW + 999) == []
    [gone] = await messages.expired(TENANT, NOW + 1_000)
    assert (gone.id, gone.contact, gone.queue) == ("1-9", "1-1", "support")
    await messages.delete(TENANT, "1-9")
    assert await messages.expired(TENANT, NOW + 1_000) == []
    assert await messages.one(TENANT, "1-9") is None
    assert await messages.audio(TENANT, "1-9") is None


async def test_sound_without_a_line_goes_after_a_day_and_old_addresses_at_once(
    store: Store,
) -> None:
    messages = store.voicemails
    await messages.list_message(LINE)
    await messages.keep_audio(TENANT, "1-9", NOW, SOUND)
    await messages.keep_audio(TENANT, "1-8", NOW, SOUND)
    await messages.sweep(TENANT, NOW + ORPHANED_MS)
    assert await messages.audio(TENANT, "1-8") == SOUND
    await messages.sweep(TENANT, NOW + ORPHANED_MS + 1)
    assert await messages.audio(TENANT, "1-8") is None
    assert await messages.audio(TENANT, "1-9") == SOUND


async def test_what_no_database_takes_is_refused(store: Store) -> None:
    with pytest.raises(Unstorable):
        await store.voicemails.list_message(replace(LINE, caller_name="\0"))


@pytest.mark.parametrize("together", [True, False])
async def test_what_opens_a_recording_is_emptied_with_its_outcome(
    store: Store, together: bool
) -> None:
    ownership = await owned(store)
    fetch = OutboxRow("1-1", "", "sound", "FetchRecording", b"the token", NOW, None)
    other = OutboxRow("1-2", "", "sound", "ListVoicemail", b"a line", NOW, None)
    first = batch(ownership, commands=[fetch, other])
    second = batch(ownership, outcomes=[Outcome("1-1", "done", NOW)])
    if together:
        await store.commit_many([first, second])
    else:
        await store.commit(first)
        assert b"the token" in {row.body for row in (await store.load(TENANT)).outbox}
        await store.commit(second)
    assert [row.body for row in (await store.load(TENANT)).outbox] == [b"a line"]
    assert b"the token" not in await bodies(store)


async def bodies(store: Store) -> list[bytes]:
    """Everything that the outbox holds, also of what is over."""
    import sqlalchemy as sa

    from store.tables import OUTBOX

    database = store._database  # type: ignore[attr-defined]
    return list(await database.read(database.prepare(sa.select(OUTBOX.c.body)), bytes))
