"""The cards: an offer as it stands, a missed offer, and the answers to an agent's words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.teams.card_parts import Part, button, card, choice, line, lines, small, text_input, unfold
from bot.teams.context_parts import context_parts
from bot.teams.conversation import Card, Json
from bot.teams.phrases import say
from bot.teams.words import REASON_LENGTH
from console.board import caller_of
from routing.card_face import Face, MissedCard, OfferCard, StateCard, Told
from routing.choices import Choice, said
from routing.events import Caller, CallerKind

NOTE_LENGTH = 1_000
REASONS = ("busy", "not mine", "leaving")
KEYED_SHOWN, KEYED_LENGTH = 10, 100
"""Rows of what the caller keyed. Teams takes cards of about 28 KB."""
_COLOR = {
    Face.OFFERED: "Accent",
    Face.ACCEPTED: "Good",
    Face.CONNECTING: "Good",
    Face.DIALING: "Good",
    Face.CONNECTED: "Good",
    Face.MISSED: "Warning",
    Face.NO_WORD: "Warning",
}


def offer(told: OfferCard, language: str) -> Card:
    """The card of an offer, as it stands now."""
    who = caller_name(told.caller, language)
    body = [
        line(sentence(told, language), name=told.face.value, **_style(told.face)),
        line(who, size="Large", weight="Bolder"),
        *_called_back(told, language),
        line(say(language, "card_queue", queue=told.queue)),
        line(say(language, "card_waited", span=span(told.waited_ms, language))),
        *(
            line(say(language, "card_keyed", name=name, value=value[:KEYED_LENGTH]))
            for name, value in list(told.keyed.items())[:KEYED_SHOWN]
        ),
        *context_parts(told.context, language),
        *_below(told, language),
    ]
    what = "callback_for" if told.callback else "call_for"
    summary = say(language, what, queue=told.queue, caller=who)
    return card(body, _buttons(told, language), summary=summary, language=language)


def _called_back(told: OfferCard, language: str) -> list[Part]:
    """That the caller is not on the line, and where they are called."""
    if not told.callback:
        return []
    phrase = "card_callback_at" if told.number else "card_callback"
    return [line(say(language, phrase, number=told.number))]


def over(language: str) -> Card:
    """The card of an offer of which nobody knows any more."""
    text = say(language, "face over")
    return card([line(text, name=Face.OVER.value)], summary=text, language=language)


def missed(told: MissedCard, language: str) -> Card:
    """What an agent missed, and how to come back."""
    who = caller_name(told.caller, language)
    what = "missed_word" if told.picked_up else "missed_call"
    body = [
        line(say(language, what, caller=who, queue=told.queue), name="missed_offer"),
        line(_way_back(told, language)),
    ]
    summary = say(language, "missed_summary", queue=told.queue)
    return card(body, [_ready(language)], summary=summary, language=language)


def state(told: StateCard, language: str) -> Card:
    """What a supervisor changed for the agent, and who it was."""
    reason = told.words.get(language) or told.reason
    why = say(language, "told_why", reason=reason) if reason else ""
    text = say(language, f"told_{told.what.value}", by=told.by, queue=told.queue, why=why)
    actions = [_ready(language)] if told.what is Told.NOT_READY else []
    return card([line(text, name="told_state")], actions, summary=text, language=language)


def answer(text: str, language: str, *, ready: bool | None, reasons: Sequence[Choice] = ()) -> Card:
    """The answer to a word: its lines, and buttons for the next one. `ready` None: no agent;
    `reasons`: the plan's, why they may not be ready."""
    actions = [button(say(language, "button status"), "status")]
    if ready is not None:
        actions.insert(0, _not_ready(language, reasons) if ready else _ready(language))
    actions.append(button(say(language, "button help"), "help"))
    summary = text.partition("\n")[0]
    return card(lines(text), actions, summary=summary, language=language)


def sentence(told: OfferCard, language: str) -> str:
    """How the offer stands, in one sentence; in two when somebody else has the caller."""
    if told.face is Face.DECLINED and told.reason:
        known = told.reason in REASONS
        reason = say(language, f"reason {told.reason}") if known else told.reason
        text = say(language, "face declined why", reason=reason)
    else:
        text = say(language, f"face {told.face.value}")
    return f"{text} {say(language, 'taken')}" if told.taken else text


def caller_name(caller: Caller, language: str) -> str:
    """Who calls, as the console shows it, in the agent's language."""
    kind = caller.kind.value
    name = caller_of(kind, caller.id, caller.name)
    hidden = caller.kind in (CallerKind.WITHHELD, CallerKind.ENCRYPTED)
    if not hidden and name in ("", kind):
        return say(language, f"unnamed {kind}")
    if hidden and caller.name:
        return caller.name
    return say(language, f"caller {kind}", id=name, name=name)


def span(ms: int, language: str) -> str:
    """A length of time in the two units that matter."""
    seconds = max(0, ms) // 1000
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    named = (("hours", hours), ("minutes", minutes), ("seconds", seconds))
    shown = [(unit, count) for unit, count in named if count][:2] or [("seconds", 0)]
    return " ".join(say(language, unit, count=count) for unit, count in shown)


def _style(face: Face) -> dict[str, Json]:
    return {"weight": "Bolder", "color": _COLOR.get(face, "Default")}


def _below(told: OfferCard, language: str) -> list[Part]:
    """What follows who calls: a hint, or the note."""
    match told.face:
        case Face.OFFERED if told.may_accept:
            hint = "how_to_call_back" if told.callback else "how_to_accept"
            return [small(say(language, hint))]
        case Face.DECLINED if told.rings_on:
            return [small(say(language, "rings_on"))]
        case Face.WRAP_UP:
            time = span(told.wrap_up_ms, language)
            hint = say(language, "wrap_up_time", span=time) if told.wrap_up_ms else ""
            note = text_input("note", say(language, "note_label"), NOTE_LENGTH, multiline=True)
            ended = [_ended(told, language)] if told.dispositions else []
            return [small(hint or say(language, "note_only")), *ended, note]
        case Face.DONE:
            words = said(told.dispositions, told.disposition, language)
            ended = [line(say(language, "card_ended", words=words))] if words else []
            note_line = line(say(language, "your_note", note=told.note[:NOTE_LENGTH]))
            return [*ended, *([note_line] if told.note else [])]
        case _:
            return []


def _buttons(told: OfferCard, language: str) -> list[Part]:
    data = {"offer": told.offer}
    decline = button(say(language, "button decline"), "decline", data, style="destructive")
    match told.face:
        case Face.OFFERED:
            accept = button(say(language, "button accept"), "accept", data, style="positive")
            found = [accept] if told.may_accept else []
            return [*found, decline, _decline_why(data, language)] if told.may_decline else found
        case Face.ACCEPTED:
            return [decline]
        case Face.WRAP_UP:
            return [button(say(language, "button done"), "done", data, style="positive")]
        case _:
            return []


def _decline_why(data: dict[str, str], language: str) -> Part:
    title = say(language, "button decline_why")
    reasons = {reason: say(language, f"reason {reason}") for reason in REASONS}
    body = [
        choice("why", reasons),
        text_input("reason", say(language, "reason_label"), REASON_LENGTH),
    ]
    inner = button(say(language, "button decline"), "decline", data, style="destructive")
    return unfold(title, body, [inner])


def _ready(language: str) -> Part:
    return button(say(language, "button ready"), "ready", style="positive")


def _ended(told: OfferCard, language: str) -> Part:
    """How the contact ended, in the queue's words."""
    return choice(
        "disposition",
        {each.code: each.said(language) for each in told.dispositions},
        label=say(language, "ended_label"),
        value=told.disposition,
        needed=say(language, "ended_needed") if told.needs_disposition else "",
    )


def _not_ready(language: str, reasons: Sequence[Choice]) -> Part:
    body = [text_input("reason", say(language, "away_label"), REASON_LENGTH)]
    if reasons:
        body.insert(0, choice("why", {each.code: each.said(language) for each in reasons}))
    inner = button(say(language, "button not_ready"), "not_ready")
    return unfold(say(language, "button not_ready_why"), body, [inner])


def _way_back(told: MissedCard, language: str) -> str:
    if told.pause_ms is None:
        return say(language, "back_by_word")
    phrase = "back_after" if told.not_responding else "back_soon"
    return say(language, phrase, span=span(told.pause_ms, language))
