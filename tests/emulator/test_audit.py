from kit.emulated_bot import EmulatedBot

from emulator.audit import Violation, audit
from emulator.log import Bridged, Connected, Heard, LegEnded, Log, Placed, Ringing, RingStopped
from emulator.scripts import Behaviour, Step

ADA = "ada.agent@contoso.example"
BEN = "ben.agent@contoso.example"


def kinds(violations: list[Violation]) -> list[str]:
    return [violation.kind for violation in violations]


def placed(log: Log) -> None:
    log.add(
        Placed(
            at=0, leg="L1", call="C1", caller="+1", caller_kind="phone", to="support", label="one"
        )
    )
    log.add(Connected(at=100, leg="L1", call="C1", party="+1"))


def ring(log: Log, leg: str, at: int, until: int | None, why: str = "answered") -> None:
    log.add(Ringing(at=at, leg=leg, call="C9", party=ADA, via="create"))
    if until is not None:
        log.add(RingStopped(at=until, leg=leg, call="C9", party=ADA, why=why))


def test_two_rings_at_once_are_seen() -> None:
    log = Log()
    ring(log, "L2", 1_000, 5_000, "no_answer")
    ring(log, "L3", 4_000, 6_000, "no_answer")
    assert kinds(audit(log).violations) == ["rung_twice"]


def test_rings_one_after_the_other_are_fine() -> None:
    log = Log()
    ring(log, "L2", 1_000, 5_000, "no_answer")
    ring(log, "L3", 5_000, 6_000, "no_answer")
    assert audit(log).violations == []


def test_ring_during_a_conversation_is_seen() -> None:
    log = Log()
    ring(log, "L2", 1_000, 2_000)
    log.add(Connected(at=2_000, leg="L2", call="C2", party=ADA))
    ring(log, "L3", 9_000, 9_100, "busy")
    assert kinds(audit(log).violations) == ["rung_on_contact"]


def test_caller_with_two_agents_is_seen() -> None:
    log = Log()
    placed(log)
    for at, leg, party in ((1_000, "L2", ADA), (9_000, "L3", BEN)):
        bridge = Bridged(
            at=at, leg="L1", other=leg, party=party, other_role="agent", via="transfer"
        )
        log.add(bridge)
    log.add(LegEnded(at=20_000, leg="L1", party="+1", why="hung_up"))
    assert kinds(audit(log).violations) == ["connected_twice"]


def test_caller_who_never_left_is_unaccounted_for() -> None:
    log = Log()
    placed(log)
    assert kinds(audit(log).violations) == ["unaccounted"]
    assert audit(log, over=False).violations == []


def test_long_silence_is_seen_also_when_cut_in_two() -> None:
    log = Log()
    placed(log)
    for start in (100, 800):
        log.add(Heard(at=start, leg="L1", party="+1", what="silence", detail="", until=start + 700))
    log.add(LegEnded(at=5_000, leg="L1", party="+1", why="hung_up"))
    assert kinds(audit(log).violations) == ["silence"]


def test_silence_before_the_conversation_counts() -> None:
    log = Log()
    placed(log)
    log.add(Heard(at=100, leg="L1", party="+1", what="silence", detail="", until=2_000))
    bridge = Bridged(at=2_000, leg="L1", other="L2", party=ADA, other_role="agent", via="create")
    log.add(bridge)
    log.add(LegEnded(at=12_000, leg="L1", party="+1", why="hung_up"))
    assert kinds(audit(log).violations) == ["silence"]


def test_silence_after_the_conversation_is_nobodys_fault() -> None:
    log = Log()
    placed(log)
    bridge = Bridged(at=200, leg="L1", other="L2", party=ADA, other_role="agent", via="invite")
    log.add(bridge)
    log.add(Heard(at=9_000, leg="L1", party="+1", what="silence", detail="", until=12_000))
    log.add(LegEnded(at=12_000, leg="L1", party="+1", why="hung_up"))
    assert audit(log).violations == []


def test_lost_caller_is_seen() -> None:
    bot = EmulatedBot()
    bot.caller()
    bot.run(20_000)
    done = audit(bot.world.log)
    assert done.outcomes() == {"lost": 1}
    assert kinds(done.violations) == ["lost"]


def consult(bot: EmulatedBot) -> None:
    """One caller, connected by consultation."""
    target = bot.agent(ADA, Behaviour(after_ms=1_000, key="1", key_after_ms=500, talk_ms=5_000))
    leg = bot.caller()
    bot.run(20)
    bot.answer(leg.call)
    bot.run(200)
    bot.play(leg.call, "https://p/hello.wav")
    ring_call = bot.rung(target)
    bot.run(1_200)
    bot.act(ring_call, "subscribeToTone", {})
    bot.run(500)
    bot.transfer(leg.call, target, replaces=ring_call)
    bot.run(20_000)


def test_connected_contact_is_recounted_with_its_figures() -> None:
    bot = EmulatedBot()
    consult(bot)
    done = audit(bot.world.log)
    assert done.violations == []
    contact = done.contacts[0]
    assert (contact.outcome, contact.connected_to, contact.stage) == ("connected", ADA, "talk")
    assert contact.ring_to_answer_ms == 20
    assert contact.answer_to_audio_ms == 240
    assert contact.accept_ms is not None
    assert 250 <= contact.accept_ms <= 500
    assert contact.prompts == ["https://p/hello.wav"]


def test_abandoned_callers_are_told_apart_by_stage() -> None:
    stages = []
    for step in (
        Step(do="hang_up", on="placed", after_ms=5),
        Step(do="hang_up", on="prompt", nth=1, after_ms=100),
        Step(do="hang_up", on="queue", after_ms=100),
        Step(do="hang_up", on="connecting", after_ms=100),
    ):
        bot = EmulatedBot(prompt_duration=lambda _: 1_000)
        agent = bot.agent(ADA, Behaviour(do="ignore"))
        leg = bot.caller(steps=(step,))
        bot.run(20)
        if bot.answer(leg.call).status == 202:
            bot.run(200)
            bot.play(leg.call, "https://p/hello.wav", "https://p/music.wav")
            bot.run(1_500)
            bot.transfer(leg.call, agent)
            bot.run(3_000)
        contact = audit(bot.world.log).contacts[0]
        stages.append((contact.outcome, contact.stage))
    assert stages == [
        ("abandoned", "ringing"),
        ("abandoned", "greeting"),
        ("abandoned", "queue"),
        ("abandoned", "connecting"),
    ]


def test_agents_phone_that_rings_on_for_nobody_is_measured() -> None:
    bot = EmulatedBot()
    target = bot.agent(ADA, Behaviour(do="ignore"))
    bot.answered(steps=(Step(do="hang_up", after_ms=1_000),))
    ring_call = bot.rung(target)
    bot.run(700)
    bot.send("DELETE", f"/v1.0/communications/calls/{ring_call}")
    bot.run(1_000)
    assert audit(bot.world.log).contacts[0].hang_up_ms == 170


def test_rejected_redirected_and_disconnected_calls_have_their_own_outcome() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 1_000)
    target = bot.agent(ADA, Behaviour(after_ms=500, talk_ms=1_000))
    rejected, redirected, ended = bot.caller(), bot.caller(), bot.caller()
    bot.act(rejected.call, "reject", {"reason": "busy"})
    bot.act(redirected.call, "redirect", {"targets": [{"identity": target}], "timeout": 15})
    bot.answer(ended.call)
    bot.run(500)
    bot.play(ended.call, "https://p/closed.wav")
    bot.run(2_000)
    bot.send("DELETE", f"/v1.0/communications/calls/{ended.call}")
    bot.run(5_000)
    contacts = audit(bot.world.log).contacts
    assert [c.outcome for c in contacts] == ["rejected", "connected", "disconnected"]
    assert contacts[2].last_prompt == "https://p/closed.wav"
