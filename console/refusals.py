"""Why something may not be done now, in a sentence: a code's words for whoever asks the API.

The codes are the rules' own (in routing/, returned by pure functions). The page has its own words
for them, in its reader's language: `refused.CODE` in web/words/*.json.
"""

from __future__ import annotations

CHANGED_NOTHING = "changed_nothing"
KEY_USED = "key_used"
SENTENCES: dict[str, str] = {
    "accepted_already": "You accepted already. Pick up the phone.",
    "extended_already": "That was made longer already. Look again.",
    "needs_disposition": "Choose first how the contact ended: its queue asks for it.",
    "no_more_extensions": "This wrap-up cannot be made longer any more.",
    "no_opting_out": "Nobody opts out of this queue: the plan says so.",
    "not_an_agent": "No queue of the plan has you as an agent.",
    "not_connected": "You are not connected with this contact yet.",
    "not_in_wrap_up": "You are not in wrap-up.",
    "note_changed": "This note was changed elsewhere meanwhile. Look at it before you save yours.",
    "no_account_to_call_from": "No entry point of this queue has an account to call from.",
    "no_number": "There is no number to call.",
    "not_available_yourself": "You must be ready and free to call somebody back.",
    "number_is_ours": "This is one of our own numbers: the call would come back to us.",
    "number_not_allowed": "The plan does not allow calls to this number.",
    "offer_over": "This offer is over.",
    "open_already": "Somebody is calling this number back already.",
    "only_by_phone": "Take this call on the phone: its queue has no other way.",
    "rings_on": "Nobody can stop this ring. Decline it on the phone.",
    "talk_not_over": "The talk is not over yet.",
    "too_often": "This number was called back as often as the plan allows for a day.",
    "unknown_queue": "This queue is no longer in the plan.",
    "unknown_disposition": "The queue has no such word for how a contact ended.",
    "wrap_up_without_time": "This wrap-up has no time that could be made longer.",
    CHANGED_NOTHING: "That changed nothing: somebody was faster. Look again.",
    KEY_USED: "This Idempotency-Key was used for something else. Use a new one for each act.",
}


def sentence_of(code: str) -> str:
    """The sentence for a code."""
    return SENTENCES.get(code) or f"That cannot be done now ({code.replace('_', ' ')})."
