"""What callers, customers and agents hear about a callback."""

from __future__ import annotations

from collections.abc import Iterable

from routing.callback_rules import CallbackOffer, CallbackRules
from routing.callback_state import Callback, CallbackStage
from routing.commands import Play, Say
from routing.digits import DIGIT_MS
from routing.floor import Floor
from routing.state import Call, Contact

LENGTH_OF_TIME_MS = 2_000
"""A length of time said lasts so long at most."""


def say_all(floor: Floor, leg: Call, words: Iterable[Say], *, fresh: bool = True) -> str:
    """Say it on the leg, in one request; returns the command's id."""
    play = Play(id=floor.new_id(), call=leg.id, say=tuple(words), fresh=fresh)
    return floor.send(leg, play)


def lasts_ms(floor: Floor, words: Iterable[Say]) -> int:
    """How long all that takes at most."""
    return sum(_one_ms(floor, say) for say in words)


def _one_ms(floor: Floor, say: Say) -> int:
    if say.prompt == "digits":
        return DIGIT_MS * len(say.digits)
    if say.prompt == "lasting":
        return LENGTH_OF_TIME_MS
    return floor.lasts(say.prompt)


def system(contact: Contact, *names: str) -> list[Say]:
    """These sentences of the service, in the caller's language."""
    return [Say(prompt=f"system:{name}", language=contact.language) for name in names]


def digit(contact: Contact, key: str) -> Say:
    """A key's name."""
    return system(contact, f"digit.{key}")[0]


def offer_words(contact: Contact, offer: CallbackOffer) -> list[Say]:
    """That one can be called back, and by which key."""
    return [*system(contact, "callback_offer"), digit(contact, offer.key)]


def question(
    floor: Floor, contact: Contact, callback: Callback, rules: CallbackRules, *, own: bool
) -> list[Say]:
    """What the caller is asked at this stage."""
    match callback.stage:
        case CallbackStage.KNOWN:
            return system(contact, "callback_known")
        case CallbackStage.NUMBER:
            words = system(contact, "callback_this_number") if own else []
            if rules.other_number:
                words += system(contact, "callback_other_number")
        case CallbackStage.KEYING:
            return system(contact, "callback_key_in")
        case CallbackStage.CONFIRM:
            heard = Say(prompt="digits", language=contact.language, digits=callback.keyed)
            first, last = system(contact, "callback_keyed", "callback_right")
            return [first, heard, last]
        case _:
            words = _times(floor, contact, callback)
    if callback.may_wait:
        words += system(contact, "callback_wait_on")
    return words


def _times(floor: Floor, contact: Contact, callback: Callback) -> list[Say]:
    words = system(contact, "callback_soon")
    for key, at in enumerate(callback.times, 2):
        lasting = Say(prompt="lasting", language=contact.language, waited_ms=at - floor.now)
        words += [*system(contact, "callback_in"), lasting]
        words += [*system(contact, "callback_press"), digit(contact, str(key))]
    return words


def greeting(contact: Contact, rules: CallbackRules) -> list[Say]:
    """What the customer hears who picked up: who calls, and the key that says that it is them."""
    hello = system(contact, "callback_hello")
    hello.append(Say(prompt=f"queue:{contact.queue}", language=contact.language))
    if rules.prompt:
        hello = [Say(prompt=rules.prompt, language=contact.language)]
    return [*hello, *system(contact, "callback_press_1")]
