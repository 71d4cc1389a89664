"""A supervisor's order from the command line: spoken here, then left in the owner's inbox.

It works beside any instance, or none: then it takes effect when the service starts.
"""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.announcing import LONGEST_TEXT, Announcer, CannotSpeak, Spoken, language_of
from bot.owner.bodies import CODEC, state_from
from bot.plan_file.section import duration_ms
from bot.prompts.errors import NoVoice
from bot.prompts.publishing import Publisher
from bot.prompts.speech import AzureSettings
from bot.prompts.stored import StoredPrompts
from bot.prompts.voices import VoiceSettings, choose_voice
from bot.query_commands import WHICH_DATABASE, consoles
from bot.settings import BadSettings, archive_settings, speech_settings
from bot.steering import Subject, kept_by_name, near_names, shut_by_hours, subject_of
from bot.teams.times import read_time
from console.inquiry import PLAN_KIND, PLANS
from console.instants import day_and_time
from routing.bulletin import Bulletin, Scope, find
from routing.plan import Plan
from routing.word_events import (
    BulletinLifted,
    BulletinSet,
)
from store.codec import Unreadable
from store.errors import StoreError
from store.letterbox import Letterbox, open_letterbox

LOOKS, LOOK_EVERY_S = 20, 0.25
LONGEST_MS = 31 * 24 * 3_600_000
LONGEST_BY = 100
ALL = "all"


class Misused(Exception):
    """The order cannot be carried out; the message says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One order as the command line has it."""

    verb: str
    name: str
    entry_point: bool = False
    texts: tuple[str, ...] = ()
    lasts: str = ""
    until: str = ""
    by: str = ""

    @property
    def closes(self) -> bool:
        """Whether it is about a closure, not a message."""
        return self.verb in ("close", "open")

    @property
    def lifts(self) -> bool:
        """Whether it takes something back."""
        return self.verb in ("open", "silence")


async def carry_out(given: Given, database: str | None, tenant: str | None) -> int:
    """Do it and say so; the exit code."""

    async def work(box: Letterbox, chosen: str, out: Console) -> int:
        texts = _checked(given)
        until = _until(given, await box.now())
        subject = await _subject(box, chosen, given)
        before = await _found(box, chosen, subject, closes=given.closes)
        if given.lifts and before is None and not await _coming(box, chosen, subject, given.closes):
            wrong = _is_not(subject, "closed" if given.closes else "announced")
            wrong += await _kept(box, chosen, subject, closes=given.closes)
            raise Misused(wrong)
        event: BulletinSet | BulletinLifted
        if given.lifts:
            event = BulletinLifted(
                closes=given.closes,
                scope=subject.scope,
                name=subject.name,
                by_name=spoken_by(given.by),
            )
        else:
            spoken = await _spoken(box, texts) if texts else Spoken()
            event = BulletinSet(
                closes=given.closes,
                scope=subject.scope,
                name=subject.name,
                texts=spoken.texts,
                clips=spoken.clips,
                lasts_ms=spoken.lasts_ms,
                until=until,
                by_name=spoken_by(given.by),
            )
        await box.hand_in(chosen, f"order:{uuid4()}", CODEC.pack(event))
        said = await _outcome(box, chosen, subject, event, before)
        kept = await _kept(box, chosen, subject, closes=given.closes) if given.lifts else ""
        shut = await _shut(box, chosen, subject) if given.verb == "open" else ""
        out.print(f"{said}{kept}{shut}", markup=False)
        return 0

    return await with_letterbox(work, database, tenant)


async def list_closures(database: str | None, tenant: str | None) -> int:
    """Print what is closed or announced; the exit code."""

    async def work(box: Letterbox, chosen: str, out: Console) -> int:
        bulletins = sorted((await _bulletins(box, chosen)).values(), key=lambda b: (b.at, b.id))
        if not bulletins:
            out.print("Nothing is closed, and nothing is announced.")
            return 0
        table = Table(box=None, pad_edge=False)
        for name in ("what", "about", "since", "until", "by", "callers hear"):
            table.add_column(name, overflow="fold")
        for each in bulletins:
            table.add_row(*(Text(cell) for cell in _row(each)))
        out.print(table)
        return 0

    return await with_letterbox(work, database, tenant)


async def with_letterbox(
    work: Callable[[Letterbox, str, Console], Awaitable[int]],
    database: str | None,
    tenant: str | None,
) -> int:
    """Do the work beside the service, for the tenant; the exit code."""
    url, configured = archive_settings()
    out, err = consoles()
    try:
        box = await open_letterbox(database or url)
    except StoreError as error:
        err.print(f"{error}\n{WHICH_DATABASE}", markup=False)
        return 1
    try:
        tenants = await box.history.tenants()
        chosen = (tenant or configured).lower() or (tenants[0] if len(tenants) == 1 else "")
        if not chosen:
            which = f"one of {', '.join(tenants)}" if tenants else "none has been served yet"
            err.print(f"Name the tenant with --tenant: {which}.", markup=False)
            return 1
        return await work(box, chosen, out)
    except Misused as error:
        err.print(str(error), markup=False)
        return 2
    except (CannotSpeak, StoreError, NoVoice) as error:
        err.print(f"Nothing was changed. {error}", markup=False)
        return 1
    except BadSettings as error:
        err.print("\n".join(error.problems), markup=False)
        return 1
    finally:
        await box.close()


def _checked(given: Given) -> dict[str, str]:
    """Texts by language. Raises Misused."""
    texts: dict[str, str] = {}
    for text in given.texts:
        # What a shell hands over may hold half characters; nobody can say those.
        tidy = " ".join(text.encode(errors="replace").decode().split())
        if not tidy:
            wrong = "The text is empty: write what callers shall hear."
            raise Misused(wrong)
        if len(tidy) > LONGEST_TEXT:
            wrong = f"The text has {len(tidy)} characters: use up to {LONGEST_TEXT}."
            raise Misused(wrong)
        if language_of(tidy) in texts:
            wrong = "Give one text in English, one in Korean or both, each in quotes."
            raise Misused(wrong)
        texts[language_of(tidy)] = tidy
    return texts


def _until(given: Given, now: int) -> int | None:
    """When it ends by itself; None: by word only. Raises Misused."""
    if given.until:
        at, understood = read_time(f"until {given.until}", now=now, zone=None)
        if not understood or at is None:
            wrong = f"--until {given.until[:48]}: write a time of day, such as 14:30 or 2:30pm."
            raise Misused(wrong)
        return at
    if not given.lasts:
        return None
    lasts_ms = duration_ms(given.lasts)
    if lasts_ms is None or not 0 < lasts_ms <= LONGEST_MS:
        wrong = f"--for {given.lasts}: write 30m or 2h, up to {LONGEST_MS // 3_600_000}h."
        raise Misused(wrong)
    return now + lasts_ms


async def _subject(box: Letterbox, tenant: str, given: Given) -> Subject:
    version = await box.plans.latest(tenant)
    if version is None:
        wrong = "No plan has been published for this tenant yet: start the service once."
        raise Misused(wrong)
    plan: Plan = PLANS.decode(PLAN_KIND, version.compiled)
    scope = Scope.ENTRY_POINT if given.entry_point else None
    if scope is None and given.name.casefold() == ALL:
        scope = Scope.ALL
    subject = subject_of(plan, scope, given.name)
    if subject is None:
        what = "entry point" if given.entry_point else "queue and no entry point"
        wrong = f"There is no {what} called {given.name[:48]}"
        other = subject_of(plan, None, given.name)
        if other is not None:
            wrong = f"{wrong}; {other.name} is a queue: leave out --entry-point."
            raise Misused(wrong)
        near = ", ".join(near_names(plan, given.name, scope))
        wrong = f"{wrong}; did you mean {near}?"
        raise Misused(wrong)
    return subject


async def _spoken(box: Letterbox, texts: dict[str, str]) -> Spoken:
    """The texts in the service's own voice. Raises CannotSpeak, NoVoice, StoreError."""
    settings = speech_settings()
    azure = AzureSettings(
        region=settings["speech_region"],
        endpoint=settings["speech_url"],
        key=settings["speech_key"],
    )
    async with aiohttp.ClientSession() as http:
        # The value was looked at by `speech_settings`.
        voices = VoiceSettings(voice=settings["voice"], azure=azure)  # type: ignore[arg-type]
        voice = choose_voice(voices, http)
        try:
            publisher = Publisher(store=StoredPrompts(box.prompts), speech=voice)
            return await Announcer(publisher).speak(texts)
        finally:
            await voice.close()


async def _outcome(
    box: Letterbox,
    tenant: str,
    subject: Subject,
    event: BulletinSet | BulletinLifted,
    before: Bulletin | None,
) -> str:
    """What became of it, once the owner has taken it."""
    what = f"{'closed' if event.closes else 'announced'}: {_named(subject)}"
    lifted = isinstance(event, BulletinLifted)
    for _ in range(LOOKS):
        found = await _found(box, tenant, subject, closes=event.closes)
        taken = before is None and lifted and not await _coming(box, tenant, subject, event.closes)
        if taken or (found.id if found else "") != (before.id if before else ""):
            if lifted:
                return f"No longer {what}."
            until = f" until {day_and_time(found.until)}" if found and found.until else ""
            instead = f" It replaces what {before.by_name} said." if before else ""
            return f"{what.capitalize()}{until}.{instead}"
        await asyncio.sleep(LOOK_EVERY_S)
    return (
        f"Written down ({'no longer ' if lifted else ''}{what}), and not yet in force: it will be "
        "when the service runs."
    )


async def _coming(box: Letterbox, tenant: str, subject: Subject, closes: bool) -> bool:
    """Whether such an order waits for the owner: it can be taken back before it is in force."""
    for row in await box.waiting(tenant):
        try:
            event = CODEC.unpack(row.body)
        except Unreadable:
            continue
        if (
            isinstance(event, BulletinSet)
            and (event.scope, event.name) == (subject.scope, subject.name)
            and event.closes is closes
        ):
            return True
    return False


async def _kept(box: Letterbox, tenant: str, subject: Subject, *, closes: bool) -> str:
    """A sentence about what stays closed or announced, because that was said of it by name."""
    kept = kept_by_name(await _bulletins(box, tenant), subject, closes=closes)
    if not kept:
        return ""
    names = ", ".join(_named(each) for each in kept)
    return (
        f" Still {'closed' if closes else 'announced'} by name: {names}. "
        f"{'Open' if closes else 'Silence'} each by its name."
    )


async def _shut(box: Letterbox, tenant: str, subject: Subject) -> str:
    """A sentence about what keeps it closed all the same."""
    everything = find(await _bulletins(box, tenant), Scope.ALL, "", closes=True)
    if everything is not None and subject.scope is not Scope.ALL:
        return f" Everything is closed by {everything.by_name}: open all as well."
    version = await box.plans.latest(tenant)
    plan: Plan | None = PLANS.decode(PLAN_KIND, version.compiled) if version else None
    shut, opens = shut_by_hours(plan, subject, await box.now()) if plan else (False, None)
    if not shut:
        return ""
    until = f" until {day_and_time(opens)}" if opens else ""
    return f" By its hours it is closed{until}."


async def _found(box: Letterbox, tenant: str, subject: Subject, *, closes: bool) -> Bulletin | None:
    return find(await _bulletins(box, tenant), subject.scope, subject.name, closes=closes)


async def _bulletins(box: Letterbox, tenant: str) -> dict[str, Bulletin]:
    return state_from(await box.live(tenant), 0).bulletins


def spoken_by(name: str) -> str:
    """Who says so: by name, as the operating system knows them."""
    # It is shown to others: no line breaks, no colors of a terminal, and not without end.
    said = "".join(sign if sign.isprintable() else " " for sign in name)
    try:
        return " ".join(said.split())[:LONGEST_BY] or getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "command line"


def _named(subject: Subject) -> str:
    if subject.scope is Scope.ALL:
        return "everything"
    return f"{'queue' if subject.scope is Scope.QUEUE else 'entry point'} {subject.name}"


def _is_not(subject: Subject, done: str) -> str:
    """`everything is not closed` could be read as: something is."""
    if subject.scope is Scope.ALL:
        return f"Nobody has {done} everything at once."
    return f"{_named(subject)} is not {done}."


def _row(bulletin: Bulletin) -> list[str]:
    return [
        "closed" if bulletin.closes else "announced",
        _named(Subject(scope=bulletin.scope, name=bulletin.name)),
        day_and_time(bulletin.at),
        day_and_time(bulletin.until) if bulletin.until else "",
        bulletin.by_name,
        " / ".join(bulletin.texts[each] for each in sorted(bulletin.texts)),
    ]
