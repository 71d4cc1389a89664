"""Whatever is asked, in whatever order: no exception, and the world's own laws hold."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from kit.emulated_bot import EmulatedBot

from emulator.exchange import Exchange
from emulator.scripts import Behaviour

ADA = "ada.agent@contoso.example"
BEN = "ben.agent@contoso.example"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ACTIONS = [
    "answer",
    "reject",
    "redirect",
    "transfer",
    "keepAlive",
    "playPrompt",
    "recordResponse",
    "subscribeToTone",
    "sendDtmfTones",
    "cancelMediaProcessing",
    "mute",
    "unmute",
    "updateRecordingStatus",
    "participants/invite",
]
NAMES = ("targets", "prompts", "participants", "transferTarget", "timeout", "callbackUri", "ids")
BODIES = ANY_JSON | st.dictionaries(st.sampled_from(NAMES), ANY_JSON)


@settings(max_examples=150, deadline=None)
@given(action=st.sampled_from(ACTIONS), body=BODIES, established=st.booleans())
def test_any_body_gets_an_answer(action: str, body: Any, established: bool) -> None:
    bot = EmulatedBot()
    leg = bot.answered() if established else bot.caller()
    assert 200 <= bot.act(leg.call, action, body).status < 500
    assert 200 <= bot.send("POST", "/v1.0/communications/calls", body).status < 500
    assert 200 <= bot.send("POST", "/v1.0/subscriptions", body).status < 500
    bot.run(1_000)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3), st.integers(0, 25_000)), max_size=25)
)
def test_any_order_of_acts_keeps_the_laws(acts: list[tuple[int, int, int]]) -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 3_000)
    bot.agent(
        ADA, Behaviour(after_ms=700, key="1"), Behaviour(do="decline"), Behaviour(do="ignore")
    )
    bot.agent(BEN, Behaviour(after_ms=400, talk_ms=2_000))
    calls = [bot.caller().call]
    for kind, which, ms in acts:
        _act(bot, kind, calls, calls[which % len(calls)])
        bot.run(ms)
        _check_laws(bot.world.exchange)
    bot.run(120 * 60_000)
    _check_laws(bot.world.exchange)
    assert bot.world.exchange.notices.waiting() == 0
    assert all(record.until > record.at for record in bot.records("heard"))


def _act(bot: EmulatedBot, kind: int, calls: list[str], call: str) -> None:
    agent = bot.user(ADA if kind % 2 else BEN)

    def create() -> None:
        reply = bot.create(agent)
        if reply.status == 201:
            calls.append(reply.body["id"])

    def hang_up() -> None:
        for leg in list(bot.world.exchange.legs.values())[:1]:
            bot.world.hang_up(leg.id, bot.now)

    (
        lambda: calls.append(bot.caller().call),
        lambda: bot.answer(call),
        lambda: bot.play(call, "https://p/a.wav", "https://p/b.wav"),
        lambda: bot.transfer(call, agent),
        lambda: bot.transfer(call, agent),
        create,
        create,
        lambda: bot.transfer(call, agent, replaces=calls[-1]),
        lambda: bot.invite(call, agent),
        lambda: bot.send("DELETE", f"/v1.0/communications/calls/{call}"),
        lambda: bot.act(call, "redirect", {"targets": [{"identity": agent}]}),
        hang_up,
    )[kind]()


def _check_laws(exchange: Exchange) -> None:
    for leg in exchange.legs.values():
        assert leg.state in ("ringing", "connected")
        assert leg in exchange.live_of[leg.party]
        if leg.state == "connected":
            assert leg.room is not None
            assert leg in leg.room.legs
            assert leg.room.bot is not None or len(leg.room.legs) > 1
    for call in exchange.calls.values():
        assert call.state != "terminated"
        assert call.room.bot is call
        if call.state == "established" and not call.group:
            assert len(call.room.legs) == 1
    counted: dict[str, int] = {}
    for call in exchange.calls.values():
        counted[call.app_id] = counted.get(call.app_id, 0) + 1
    assert {app: n for app, n in exchange.in_use.items() if n} == counted
