"""English system prompts."""

from bot.prompts.language.rules import (
    SPOKEN_PLACES,
    Language,
    WhisperClips,
    counted,
    minutes_told,
)

# "Oh" is what people say, and what a listener may write down as a letter.
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

SENTENCES = {
    "greeting": "Hello, and thank you for calling.",
    "hold": (
        "Everyone is busy right now. Please hold; you will be connected as soon as someone is free."
    ),
    "still_holding": "Sorry to keep you waiting. You keep your place in line. Please stay with us.",
    "nobody_available": (
        "We are sorry, nobody can take your call right now. Please call again later. Goodbye."
    ),
    "queue_full": (
        "We are sorry, all of our lines are taken right now. Please call again later. Goodbye."
    ),
    "closed": "We are closed at the moment. Please call again during our opening hours. Goodbye.",
    "technical_problem": (
        "We are sorry, a technical problem is stopping your call. Please call again later. Goodbye."
    ),
    "transferring": "One moment, please. You are being connected.",
    "goodbye": "Thank you for calling. Goodbye.",
    "connected": "You are connected.",
    "caller_gone": "The caller has hung up.",
    "taken": "Someone else has taken this call.",
    "keys": "Press 1 to accept, or 2 to decline.",
    "queue": "the queue",
    "invalid_key": "Sorry, that key does nothing here.",
    "invalid_digits": "Sorry, that number is not complete.",
    "unknown_extension": "Sorry, there is no such extension.",
    "digits_read_back": "You entered:",
    "digits_confirm": "If that is right, press 1. To enter it again, press 2.",
    "objection_noted": "Thank you. We have noted that you object.",
}
WHISPER = {
    "whisper.call_for": "Call for",
    "whisper.waited": "Waiting for",
    "caller.number": "From the number",
    "caller.number_ending": "From the number ending in",
    "caller.withheld": "The number is withheld.",
    "caller.internal": "From a colleague.",
    "caller.guest": "From a guest.",
    "caller.federated": "From another organization.",
    "caller.unknown": "From an unknown caller.",
    "duration.day": "more than a day",
    "position.1": "You are next in line.",
    "position.many": f"{SPOKEN_PLACES} or more callers are ahead of you.",
}


def amount(count: int, unit: str) -> str:
    """`1 minute`, `2 minutes`, `0 seconds`."""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _arrange(clips: WhisperClips) -> list[str]:
    about = ["whisper.call_for", clips.queue, "whisper.waited", *clips.waited]
    return [*about, *clips.caller, "keys"]


LANGUAGE = Language(
    code="en",
    arrange=_arrange,
    texts=SENTENCES
    | WHISPER
    | {f"digit.{value}": word for value, word in enumerate(DIGITS)}
    | counted("seconds", 0, 59, lambda count: amount(count, "second"))
    | counted("minutes", 1, 59, lambda count: amount(count, "minute"))
    | counted("hours", 1, 23, lambda count: amount(count, "hour"))
    | counted("position", 2, SPOKEN_PLACES, lambda place: f"You are number {place} in line.")
    | minutes_told(
        lambda count: f"We expect that you will wait between {count}",
        lambda count: f"and {amount(count, 'minute')}.",
        lambda count: f"We expect that you will wait {amount(count, 'minute')} at most.",
    ),
)
