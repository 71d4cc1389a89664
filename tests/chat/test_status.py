"""The sentences of a status, and that they say what the engine does."""

import itertools
import string
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.teams.phrases import PHRASES
from bot.teams.status import Standing, describe, describe_word, standing_in
from routing.events import Caller, CallerKind
from routing.matching import AVAILABLE, closed_by
from routing.offering import FROZEN_MS
from routing.plan import EntryPoint, Frozen, Plan, Preset, Queue
from routing.presence import Presence
from routing.state import Agent, AgentState, Contact, ContactState, Membership, State

SEOUL = ZoneInfo("Asia/Seoul")
NOW = int(datetime(2026, 11, 22, 13, 0, tzinfo=SEOUL).timestamp() * 1000)
MIN = 60_000
SUPPORT = Queue(name="support", title="Support")
SALES = Queue(name="sales", presence=Preset.BUSY_OK, frozen_presence=Frozen.TRUST)
PLAN = Plan(
    tenant="t", entry_points=(EntryPoint(name="main", queue="support"),), queues=(SUPPORT, SALES)
)


def agent(**known: object) -> Agent:
    return Agent(
        **{
            "id": "ada",
            "upn": "ada@contoso.example",
            "memberships": (
                Membership(queue="support", position=0),
                Membership(queue="sales", position=3),
            ),
            "presence": Presence.AVAILABLE,
            "presence_at": NOW - 5 * MIN,
            "since": NOW - 10 * MIN,
        }
        | known  # type: ignore[arg-type]
    )


def told(
    who: Agent, *, read_at: int = NOW - 1000, language: str = "en", **waiting: int
) -> list[str]:
    standing = Standing(agent=who, plan=PLAN, presence_read_at=read_at, waiting=waiting)
    return describe(standing, now=NOW, zone=SEOUL, language=language).split("\n")


def test_a_free_agent_gets_calls() -> None:
    assert told(agent(), support=2) == [
        "You are ready.",
        "Free since 12:50.",
        "Queues: Support (2 waiting), sales.",
        "Your Teams presence as I hold it: available, since 12:55.",
        "Calls come to you now.",
    ]


def test_the_same_in_korean() -> None:
    assert told(agent(), support=2, language="ko") == [
        "준비 상태입니다.",
        "12:50부터 대기 중입니다.",
        "대기열: Support(2명 대기), sales.",
        "제가 아는 Teams 상태: 대화 가능, 12:55부터.",
        "지금 전화가 연결됩니다.",
    ]


def test_not_ready_says_why_and_until_when() -> None:
    away = agent(ready=False, not_ready_reason="lunch", timers={"not_ready": NOW + 90 * MIN})
    lines = told(away)
    assert lines[0] == "You are not ready: lunch, until 14:30."
    assert lines[-1] == "No calls come to you until 14:30, or until you say ready."


def test_a_phone_that_may_still_ring_is_no_call_that_is_offered() -> None:
    lines = told(agent(state=AgentState.RESERVED, may_ring="no_answer"))
    assert lines[1].startswith("Your phone may still ring from a call that is over.")


@pytest.mark.parametrize(
    ("state", "timers", "line", "why"),
    [
        (AgentState.RESERVED, {}, "A call is being offered to you, since 12:50.", "before this is"),
        (AgentState.ON_CONTACT, {}, "With a caller since 12:50.", "before this is over"),
        (AgentState.PRESUMED, {}, "With a caller since 12:50, as far as I know", "before this is"),
        (
            AgentState.WRAP_UP,
            {"wrap_up": NOW + MIN},
            "In wrap-up since 12:50, until 13:01.",
            "befo",
        ),
        (
            AgentState.NOT_RESPONDING,
            {},
            "Not responding since 12:50",
            "until you say ready, or your",
        ),
        (
            AgentState.NOT_RESPONDING,
            {"return": NOW + MIN},
            "Not responding",
            "until 13:01, or until",
        ),
    ],
)
def test_what_occupies_the_agent(
    state: AgentState, timers: dict[str, int], line: str, why: str
) -> None:
    lines = told(agent(state=state, timers=timers))
    assert lines[1].startswith(line)
    assert why in lines[-1]


@pytest.mark.parametrize(
    "why",
    ["declined", "no answer", "busy", "failed", "unreachable", "unverified", "of a later day"],
)
def test_a_back_off_says_what_it_is_for(why: str) -> None:
    line = told(agent(back_off=why, timers={"back_off": NOW + MIN}))[-1]
    assert line.startswith("No calls come to you until 13:01 (")


def test_presence_may_close_one_queue_and_not_the_other() -> None:
    assert told(agent(presence=Presence.BUSY))[-2:] == [
        "Calls come to you now from: sales.",
        "No calls from Support: busy is not let through there.",
    ]


def test_presence_that_could_not_be_read_closes_a_queue_that_holds() -> None:
    old = NOW - 5 * MIN
    assert told(agent(presence_at=old), read_at=old)[-2:] == [
        "Calls come to you now from: sales.",
        (
            "No calls from Support: I could not read presence for 5 min, "
            "and there a call is only offered on a fresh reading."
        ),
    ]


def test_a_presence_never_read_is_said() -> None:
    lines = told(agent(presence=Presence.UNKNOWN, presence_at=0), read_at=0)
    assert lines[3] == "I have not read your Teams presence yet."
    assert lines[-1] == "No calls from Support, sales: unknown is not let through there."


def test_an_agent_of_no_queue_gets_no_calls() -> None:
    assert told(agent(memberships=()))[-1] == "No queue lists you now, so no calls come to you."


def test_other_days_are_named() -> None:
    lines = told(
        agent(ready=False, since=NOW - 14 * 60 * MIN, timers={"not_ready": NOW + 12 * 60 * MIN})
    )
    assert lines[0] == "You are not ready, until tomorrow 01:00."
    assert lines[1] == "Free since yesterday 23:00."
    assert told(agent(since=NOW - 72 * 60 * MIN))[1] == "Free since 2026-11-19 13:00."


def test_a_clock_time_without_a_known_zone_says_so() -> None:
    standing = Standing(agent=agent(), plan=PLAN, presence_read_at=NOW)
    assert "Free since 03:50 UTC." in describe(standing, now=NOW)


def test_the_word_alone_says_what_follows_from_it() -> None:
    busy = agent(ready=False, state=AgentState.ON_CONTACT)
    standing = Standing(agent=busy, plan=PLAN, presence_read_at=NOW)
    assert describe_word(standing, now=NOW, zone=SEOUL) == (
        "You are not ready.\nWith a caller since 12:50."
    )


def test_waiting_callers_are_counted_by_queue() -> None:
    state = State(agents={"ada": agent()})
    caller = Caller(kind=CallerKind.WITHHELD)
    for number, (phase, queue) in enumerate(
        [
            (ContactState.QUEUED, "support"),
            (ContactState.QUEUED, "support"),
            (ContactState.CONNECTED, "support"),
            (ContactState.QUEUED, "other"),
        ]
    ):
        state.contacts[str(number)] = Contact(
            id=str(number),
            state=phase,
            call="",
            app="",
            entry_point="main",
            queue=queue,
            caller=caller,
        )
    standing = standing_in(state, PLAN, "ada")
    assert standing is not None
    assert standing.waiting == {"support": 2, "sales": 0}
    assert standing_in(state, PLAN, "bob") is None


def test_calls_come_exactly_when_the_engine_would_offer_them() -> None:
    tried = 0
    for state, ready, back_off, presence, out in itertools.product(
        AgentState, (True, False), ("", "declined"), Presence, ((), ("support",))
    ):
        who = agent(state=state, ready=ready, back_off=back_off, presence=presence, opted_out=out)
        text = "\n".join(told(who))
        for queue, shown in ((SUPPORT, "Support"), (SALES, "sales")):
            fresh = NOW - max(NOW - 1000, who.presence_at) <= FROZEN_MS
            would = closed_by(who, queue) == AVAILABLE and fresh
            from_here = [
                line for line in text.split("\n") if line.startswith("Calls come") and ":" in line
            ]
            says = "Calls come to you now." in text or any(shown in line for line in from_here)
            assert says == would, (state, ready, back_off, presence, queue.name)
            tried += 1
    assert tried == 6 * 2 * 2 * len(Presence) * 2 * 2


def test_both_languages_say_the_same_things() -> None:
    english, korean = PHRASES["en"], PHRASES["ko"]
    assert english.keys() == korean.keys()

    def holes(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert [k for k in english if holes(english[k]) != holes(korean[k])] == []


def test_every_state_and_presence_has_a_phrase() -> None:
    phrases = PHRASES["en"]
    assert {state.value for state in AgentState} <= phrases.keys()
    assert {f"presence {presence.value}" for presence in Presence} <= phrases.keys()
