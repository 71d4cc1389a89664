import pytest
from kit.emulated_bot import EmulatedBot

from emulator.faults import Fault, FaultError


def whats(bot: EmulatedBot) -> list[str]:
    return [what for delivery in bot.deliveries for what in delivery.what]


def test_next_notification_of_a_call_waits_for_the_answer_to_the_one_before() -> None:
    bot = EmulatedBot()
    first, second = bot.caller(), bot.caller()
    bot.world.advance(bot.now + 100)
    incoming = bot.world.take_deliveries()
    assert {delivery.call_id for delivery in incoming} == {first.call, second.call}
    bot.now += 100
    bot.answer(first.call)
    bot.world.advance(bot.now + 500)
    assert bot.world.take_deliveries() == []
    mine = next(d for d in incoming if d.call_id == first.call)
    bot.world.delivered(mine, 202, 400, bot.now + 500)
    assert [d.what for d in bot.world.take_deliveries()] == [("establishing",)]


def test_dropped_notification_never_comes() -> None:
    bot = EmulatedBot()
    bot.world.faults.add(Fault(kind="drop", what="established"))
    leg = bot.answered()
    assert bot.states(leg.call) == ["incoming", "establishing"]
    assert [r.fault for r in bot.records("fault")] == ["drop"]


def test_duplicated_notification_comes_twice() -> None:
    bot = EmulatedBot()
    bot.world.faults.add(Fault(kind="duplicate", what="incoming", delay_ms=50))
    bot.caller()
    bot.run(200)
    assert whats(bot) == ["incoming", "incoming"]
    assert bot.heard[0] == bot.heard[1]


def test_delayed_notification_holds_up_the_rest_and_a_reordered_one_does_not() -> None:
    delayed = EmulatedBot()
    delayed.world.faults.add(Fault(kind="delay", what="establishing", delay_ms=2_000))
    delayed.answered()
    assert whats(delayed) == ["incoming"]
    delayed.run(3_000)
    assert whats(delayed) == ["incoming", "establishing", "established", "media_state"]
    mixed = EmulatedBot()
    mixed.world.faults.add(Fault(kind="reorder", what="establishing", delay_ms=2_000))
    mixed.answered()
    mixed.run(3_000)
    assert whats(mixed) == ["incoming", "established", "media_state", "establishing"]


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("503", 503)])
def test_failing_request_does_nothing(kind: str, status: int) -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    bot.world.faults.add(Fault(kind=kind, op="answer", retry_after=3))
    reply = bot.answer(leg.call)
    assert reply.status == status
    assert reply.headers.get("Retry-After") == ("3" if kind != "500" else None)
    assert bot.world.exchange.calls[leg.call].state == "incoming"
    assert bot.answer(leg.call).status == 202


def test_reset_does_nothing_and_a_lost_reply_has_done_it() -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    bot.world.faults.add(Fault(kind="reset", op="answer"))
    bot.world.faults.add(Fault(kind="reply_lost", op="answer"))
    assert bot.answer(leg.call).fault == "reset"
    assert bot.world.exchange.calls[leg.call].state == "incoming"
    assert bot.answer(leg.call).fault == "reply_lost"
    assert bot.world.exchange.calls[leg.call].state == "establishing"


def test_slow_graph_holds_the_reply_back() -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    bot.world.faults.add(Fault(kind="slow", op="answer", delay_ms=900))
    assert bot.answer(leg.call).delay_ms == 900


def test_rules_count_and_aim() -> None:
    bot = EmulatedBot()
    first, second = bot.answered(), bot.answered()
    bot.world.faults.add(Fault(kind="500", op="keepAlive", call=second.call, times=2, after=1))
    statuses = [
        bot.act(c.call, "keepAlive").status for c in (first, second, second, second, second)
    ]
    assert statuses == [200, 200, 500, 500, 200]


def test_transfer_can_be_made_to_fail() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    bot.world.faults.add(Fault(kind="transfer_fails"))
    assert bot.transfer(leg.call, bot.user("ada.agent@contoso.example")).status == 202
    bot.run(1_000)
    assert bot.states(leg.call)[-1] == "established"
    assert bot.records("ring") == []


def test_unknown_fault_is_refused_in_words() -> None:
    with pytest.raises(FaultError, match="kind is one of 429"):
        Fault.from_json({"kind": "flood"})
    with pytest.raises(FaultError, match="'often' is not known here"):
        Fault.from_json({"kind": "500", "often": 3})


def test_same_seed_same_story() -> None:
    def story(seed: int) -> list[dict[str, object]]:
        bot = EmulatedBot(seed=seed, switches={"replaces_pstn": "flaky"})
        bot.world.faults.add(Fault(kind="drop", chance=0.5, times=0))
        for _ in range(5):
            bot.answered()
        return [record.as_dict() for record in bot.world.log]

    assert story(3) == story(3)
    assert story(3) != story(4)
