"""What a caller hears in a flow: the prompt at once, and quiet music behind it.

A prompt that was asked for before and not heard yet has lost its reason: keys may come faster than
prompts are played, and nobody wants to sit through what they have answered already.
"""

from __future__ import annotations

from routing.commands import Play, Say
from routing.contact import play_music, prompt_guard_ms
from routing.digits import DIGIT_MS
from routing.floor import Floor
from routing.state import Contact


def hear(floor: Floor, contact: Contact, *said: str | Say) -> None:
    """Stop what plays and say this, in order; timer `flow` fires when its end should have been
    told."""
    leg = floor.caller_leg(contact)
    fresh = bool(contact.playing or contact.music)
    floor.void(leg, contact.playing)
    floor.void(leg, contact.music)
    say = tuple(_say(contact, each) for each in said)
    contact.playing = floor.send(leg, Play(id=floor.new_id(), call=leg.id, say=say, fresh=fresh))
    play_music(floor, contact)
    floor.arm(contact, "flow", floor.now + sum(_guard_ms(floor, each) for each in say))


def _say(contact: Contact, said: str | Say) -> Say:
    if isinstance(said, Say):
        return said
    return Say(prompt=said, language=contact.language, queue=contact.queue)


def _guard_ms(floor: Floor, say: Say) -> int:
    if say.digits:
        return DIGIT_MS * len(say.digits)
    return prompt_guard_ms(floor, say.prompt)
