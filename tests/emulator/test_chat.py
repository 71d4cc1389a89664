"""Teams chat as the emulator plays it: installing, cards, buttons, stale devices; and the recount
of the cards."""

from typing import Any

import pytest
from kit.emulated_bot import EmulatedBot

from emulator.audit import audit
from emulator.callers import WorldError
from emulator.card_audit import CardAudit
from emulator.chat import CARD
from emulator.config import ConfigError
from emulator.log import (
    BotInstalled,
    ButtonPressed,
    ChatShown,
    Log,
    Record,
    Ringing,
    RingStopped,
)
from emulator.scripts import Behaviour, Press

ADA = "ada.agent@contoso.example"
BEN = "ben.agent@contoso.example"


def button(verb: str, **data: str) -> dict[str, Any]:
    return {"type": "Action.Execute", "verb": verb, "data": {"verb": verb} | data}


def card(name: str, *actions: dict[str, Any], words: str = "hello") -> dict[str, Any]:
    part = {"type": "RichTextBlock", "id": name, "inlines": [{"type": "TextRun", "text": words}]}
    content = {"type": "AdaptiveCard", "body": [part], "actions": list(actions)}
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}]}


def posted(bot: EmulatedBot, *activities: dict[str, Any], upn: str = ADA) -> list[str]:
    """The bot posts these into the agent's chat; the messages' ids."""
    person = bot.world.directory.person(upn)
    assert person is not None
    return [bot.world.chat.post(person, each).id for each in activities]


def test_installing_is_told_in_two_ways_and_removing_in_one() -> None:
    bot = EmulatedBot()
    bot.world.chat.install(ADA)
    bot.world.chat.remove(ADA)
    told = [letter.activity for letter in bot.world.chat.take()]
    assert [each["type"] for each in told] == [
        "installationUpdate",
        "conversationUpdate",
        "installationUpdate",
    ]
    assert told[1]["membersAdded"] == [{"id": f"28:{bot.app.id}", "name": bot.app.name}]
    assert [r.on for r in bot.records("installed") if isinstance(r, BotInstalled)] == [True, False]
    assert bot.world.chat.take() == []


def test_a_press_carries_the_buttons_data_and_what_was_typed() -> None:
    bot = EmulatedBot()
    folded = {"type": "Action.ShowCard", "card": card("x", button("decline"))["attachments"][0]}
    folded["card"] = folded["card"]["content"]
    [message] = posted(bot, card("offered", button("accept", offer="1-9"), folded))
    letter = bot.world.chat.press(ADA, Press(verb="accept", inputs={"note": "hi"}))
    activity: Any = letter.activity
    assert (activity["type"], activity["name"]) == ("invoke", "adaptiveCard/action")
    assert activity["replyToId"] == message
    action = activity["value"]["action"]
    assert action["data"] == {"verb": "accept", "offer": "1-9", "note": "hi"}
    assert bot.world.chat.press(ADA, Press(verb="decline")).pressed == "decline"


def test_the_newest_card_that_has_the_button_is_pressed() -> None:
    bot = EmulatedBot()
    messages = posted(bot, card("a", button("ready")), card("b", button("ready")), card("c"))
    assert bot.world.chat.press(ADA, Press(verb="ready")).message == messages[1]
    posted(bot, card("d", button("ready")), upn=BEN)
    assert bot.world.chat.press(ADA, Press(verb="ready")).message == messages[1]


def test_a_device_that_is_behind_still_has_the_first_buttons() -> None:
    bot = EmulatedBot()
    [message] = posted(bot, card("offered", button("accept")))
    bot.world.chat.update(message, card("hung_up"))
    with pytest.raises(WorldError, match="no card of ada"):
        bot.world.chat.press(ADA, Press(verb="accept"))
    assert bot.world.chat.press(ADA, Press(verb="accept", stale=True)).message == message


def test_a_card_that_comes_as_the_answer_takes_the_pressed_ones_place() -> None:
    bot = EmulatedBot()
    posted(bot, card("offered", button("accept")))
    letter = bot.world.chat.press(ADA, Press(verb="accept"))
    after = card("accepted", words="You accepted.")["attachments"][0]["content"]
    bot.world.chat.answered(letter, 200, {"type": CARD, "value": after}, bot.now)
    shown = [r for r in bot.records("chat") if isinstance(r, ChatShown)]
    assert [(r.name, r.updated) for r in shown] == [("offered", False), ("accepted", True)]
    [pressed] = [r for r in bot.records("button") if isinstance(r, ButtonPressed)]
    assert (pressed.verb, pressed.status, pressed.said) == ("accept", 200, "You accepted.")


def test_a_scripted_agent_presses_after_the_ring_even_when_it_is_over() -> None:
    bot = EmulatedBot()
    posted(bot, card("offered", button("accept")))
    presses = (Press(verb="accept", after_ms=2_000), Press(verb="burn", after_ms=100))
    call = bot.rung(bot.agent(ADA, Behaviour(do="ignore", presses=presses)))
    bot.send("DELETE", f"/v1.0/communications/calls/{call}")
    bot.run(1_900)
    assert bot.world.chat.take() == []
    bot.run(200)
    assert [letter.pressed for letter in bot.world.chat.take()] == ["accept"]
    [missing] = [r for r in bot.records("button") if isinstance(r, ButtonPressed)]
    assert (missing.verb, missing.status) == ("burn", 0)


def test_no_script_presses_for_an_agent_whom_a_person_plays() -> None:
    bot = EmulatedBot()
    posted(bot, card("offered", button("accept")))
    presses = (Press(verb="accept", after_ms=2_000), Press(verb="burn", after_ms=3_000))
    bot.rung(bot.agent(ADA, Behaviour(do="ignore", presses=presses)))
    bot.world.people.take_over(ADA)
    bot.run(2_500)
    assert bot.world.chat.take() == []
    bot.world.people.give_back(ADA)
    bot.run(1_000)
    [missing] = [r for r in bot.records("button") if isinstance(r, ButtonPressed)]
    assert missing.verb == "burn", "given back, the script goes on"


def test_what_is_wrong_with_a_press_is_said() -> None:
    behaviour = Behaviour.from_json({"presses": [{"verb": "accept", "inputs": {"why": "busy"}}]})
    assert behaviour.presses == (Press(verb="accept", inputs={"why": "busy"}),)
    for presses in ("accept", ["accept"], [{"verb": "accept", "hard": True}], [{}]):
        with pytest.raises(ConfigError):
            Behaviour.from_json({"presses": presses})


# -- the recount -----------------------------------------------------------------------------------


def installed(at: int = 0) -> Record:
    return BotInstalled(at=at, party=ADA, on=True)


def shows(at: int, name: str = "offered", message: str = "m1") -> Record:
    return ChatShown(
        at=at,
        party=ADA,
        message=message,
        name=name,
        first="offered",
        words="",
        updated=name != "offered",
    )


def rings(at: int, leg: str = "L1", via: str = "create") -> Record:
    return Ringing(at=at, leg=leg, call="C", party=ADA, via=via)


def stops(at: int, leg: str = "L1") -> Record:
    return RingStopped(at=at, leg=leg, call="C", party=ADA, why="no_answer")


def recounted(*records: Record) -> CardAudit:
    found = CardAudit()
    for record in records:
        found.read(record)
    return found


def test_a_card_before_the_ring_is_first_and_by_how_much() -> None:
    cards = recounted(installed(), shows(100), rings(130))
    assert (cards.offers, cards.leads, cards.late) == (1, [30], [])


@pytest.mark.parametrize(
    "records",
    [
        (installed(), rings(130)),
        (installed(), rings(130), shows(200)),
        # A card of an earlier offer that ended without a ring, or that came too late for its own.
        (installed(), shows(100), shows(110, "declined"), rings(130)),
        (installed(), shows(10), rings(20), stops(30), rings(130)),
    ],
)
def test_a_ring_without_its_card_is_late(records: tuple[Record, ...]) -> None:
    assert recounted(*records).late[-1] == (ADA, 130)


def test_a_late_card_does_not_count_for_the_next_ring() -> None:
    cards = recounted(installed(), rings(10), shows(20), stops(30), rings(130, "L2"))
    assert [at for _, at in cards.late] == [10, 130]


def test_an_accepted_card_still_belongs_to_its_ring() -> None:
    assert recounted(installed(), shows(100), shows(110, "accepted"), rings(130)).leads == [30]


def test_who_has_no_bot_does_not_count() -> None:
    removed = BotInstalled(at=5, party=ADA, on=False)
    assert recounted(rings(130), installed(1), removed, rings(150)).offers == 0


def test_the_newest_card_and_its_last_face_are_remembered() -> None:
    cards = recounted(shows(1), shows(2, "missed"), shows(3, message="m2"), shows(4, "done", "m2"))
    assert cards.last_face(ADA) == "done"
    assert cards.last_face(BEN) == ""


@pytest.mark.parametrize(("late", "well"), [(1, True), (2, False)])
def test_fewer_than_99_in_100_cards_first_is_a_violation(late: int, well: bool) -> None:
    log = Log()
    log.add(installed())
    for number in range(100):
        if number >= late:
            log.add(shows(number * 10, message=f"m{number}"))
        log.add(rings(number * 10 + 1, f"L{number}"))
        log.add(stops(number * 10 + 2, f"L{number}"))
    done = audit(log)
    assert done.cards.is_well == well
    assert [v.kind for v in done.violations] == ([] if well else ["card_late"] * late)
