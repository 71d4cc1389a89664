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
    "test_call": "This is a test call of Switchboard. If you hear this, calls work. Goodbye.",
    "voicemail_greeting": (
        "Please leave a message after the tone, and we will call you back. "
        "Your message is recorded and kept for our team. "
        "When you have finished, press the pound key, or simply stop speaking."
    ),
    "voicemail_again": "Please say your message once more after the tone.",
    "voicemail_interrupted": "We are sorry, there was a disturbance.",
    "voicemail_menu": (
        "Your message was recorded. To keep it, press 1 or hang up. To hear it, press 2. "
        "To record it again, press 3."
    ),
    "voicemail_kept": "Thank you. Your message has been left for our team. Goodbye.",
    "voicemail_nothing": (
        "We did not hear a message. We will let our team know that you called. Goodbye."
    ),
    "voicemail_lost": (
        "We are sorry, your message cannot be recorded right now. "
        "We will let our team know that you called. Goodbye."
    ),
    "keys": "Press 1 to accept, or 2 to decline.",
    "queue": "the queue",
    "invalid_key": "Sorry, that key does nothing here.",
    "invalid_digits": "Sorry, that number is not complete.",
    "unknown_extension": "Sorry, there is no such extension.",
    "digits_read_back": "You entered:",
    "digits_confirm": "If that is right, press 1. To enter it again, press 2.",
    "objection_noted": "Thank you. We have noted that you object.",
}
CALLBACK = {
    "callback_offer": (
        "You can also be called back, and keep your place in line. To be called back, press"
    ),
    "callback_this_number": "To be called back at the number you are calling from, press 1.",
    "callback_other_number": "To be called back at another number, press 2.",
    "callback_wait_on": "To go on waiting, press star.",
    "callback_key_in": "Please key in the number, and then press the hash key.",
    "callback_keyed": "You keyed in",
    "callback_right": "If that is right, press 1. To key it in again, press 2.",
    "callback_our_number": "That is our own number. We cannot call you back there.",
    "callback_wrong_number": "We are sorry, we cannot call that number.",
    "callback_soon": "To be called as soon as it is your turn, press 1.",
    "callback_in": "To be called in",
    "callback_press": "press",
    "callback_promised": "Thank you. You keep your place, and we will call you back. Goodbye.",
    "callback_kept": "Thank you. We will call you back as promised. Goodbye.",
    "callback_not_possible": "We are sorry, we cannot call you back.",
    "callback_known": (
        "We have promised to call you back. To keep that and end this call, press 1. To wait here "
        "instead, at the same place in line, press 2 or stay on the line."
    ),
    "callback_dialing": "Thank you. The customer is being called; please stay on the line.",
    "callback_hello": "Hello. You asked us to call you back. This is",
    "callback_press_1": "To be connected now, press 1.",
    "callback_busy": "The customer's line is busy. We will try again later.",
    "callback_no_answer": "The customer does not answer. We will try again later.",
    "callback_machine": "A machine has answered, or nobody pressed a key. We will try again later.",
    "callback_refused": "The customer cannot talk now. We will try again later.",
    "callback_unreached": "The customer could not be reached.",
}
"""What is said about calling back, to callers, to customers and to agents. A key's name follows
`callback_offer` and `callback_press`, a length of time `callback_in`."""
WHISPER = {
    "whisper.call_for": "Call for",
    "whisper.callback_for": "Callback for",
    "callback.number": "To the number",
    "callback.number_ending": "To the number ending in",
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
    what = "whisper.callback_for" if clips.callback else "whisper.call_for"
    about = [what, clips.queue, "whisper.waited", *clips.waited]
    return [*about, *clips.caller, "keys"]


LANGUAGE = Language(
    code="en",
    arrange=_arrange,
    texts=SENTENCES
    | CALLBACK
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
