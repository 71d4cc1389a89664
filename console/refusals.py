"""Why something may not be done now, in a sentence: a code's words for whoever asks the API.

The codes are the rules' own (in routing/, returned by pure functions). The page has its own words
for them, in its reader's language: `refused.CODE` in web/words/*.json.
"""

from __future__ import annotations

CHANGED_NOTHING = "changed_nothing"
KEY_USED = "key_used"
SENTENCES: dict[str, str] = {
    "accepted_already": "You accepted already. Pick up the phone.",
    "agent_not_available": "This agent cannot take a call just now.",
    "asked_by_agent": "An agent asked to call back themselves.",
    "being_called": "This customer is being called just now.",
    "callback_rests": "This callback is not due yet.",
    "contact_gone": "This contact is over.",
    "extended_already": "That was made longer already. Look again.",
    "has_agent": "An agent has this contact already.",
    "moved_meanwhile": "Somebody moved this contact meanwhile. Look again.",
    "needs_disposition": "Choose first how the contact ended: its queue asks for it.",
    "no_account_to_call_from": "No entry point of this queue has an account to call from.",
    "no_legs": "All of the application's calls are in use.",
    "no_more_extensions": "This wrap-up cannot be made longer any more.",
    "no_number": "There is no number to call.",
    "no_opting_out": "Nobody opts out of this queue: the plan says so.",
    "no_such_agent": "There is no such agent.",
    "no_such_priority": "A priority is a number from 1 to 5.",
    "not_an_agent": "No queue of the plan has you as an agent.",
    "not_available_yourself": "You must be ready and free to call somebody back.",
    "not_connected": "You are not connected with this contact yet.",
    "not_in_wrap_up": "You are not in wrap-up.",
    "not_on_the_line": "Who waits to be called back can be withdrawn without words only.",
    "not_waiting": "This contact does not wait in a queue just now.",
    "note_changed": "This note was changed elsewhere meanwhile. Look at it before you save yours.",
    "number_is_ours": "This is one of our own numbers: the call would come back to us.",
    "number_not_allowed": "The plan does not allow calls to this number.",
    "offer_over": "This offer is over.",
    "offered_already": "It is being offered to this agent already.",
    "only_by_phone": "Take this call on the phone: its queue has no other way.",
    "open_already": "Somebody is calling this number back already.",
    "priority_counts_not": "This queue goes by waiting alone: priority changes nothing there.",
    "pulled_already": "Somebody has it offered to another agent already.",
    "queue_without_agent": "Nobody serves that queue just now.",
    "rings_on": "Nobody can stop this ring. Decline it on the phone.",
    "talk_not_over": "The talk is not over yet.",
    "there_already": "The contact is in that queue already.",
    "too_often": "This number was called back as often as the plan allows for a day.",
    "unknown_disposition": "The queue has no such word for how a contact ended.",
    "unknown_queue": "This queue is no longer in the plan.",
    "unknown_way": "The plan names no such way out of this queue.",
    "waits_for_callback": "Who waits to be called back stays in their queue.",
    "wrap_up_without_time": "This wrap-up has no time that could be made longer.",
    CHANGED_NOTHING: "That changed nothing: somebody was faster. Look again.",
    KEY_USED: "This Idempotency-Key was used for something else. Use a new one for each act.",
    "ended": "The contact has ended.",
    "ending": "The call is being ended.",
    "not_your_contact": "Another agent has this contact now.",
    "not_yours": "Only the agent who talks, or a supervisor of the queue, can do that.",
    "agents_own": "Only the agent who talks can do that.",
    "handed_over": "The caller was handed over; nobody here holds the call any more.",
    "not_talking": "Nobody talks yet.",
    "bot_left": "This call was handed to Teams when the two were connected. Hold and end it in "
    "Teams. Teams' own transfer does not work on such calls: with `delivery: group_call` for the "
    "queue everything works from here.",
    "not_shown": "Teams does not show who is in the call, so nobody can be named. End it, or ask "
    "the other side to ring again.",
    "on_hold": "The caller is on hold already.",
    "not_on_hold": "The caller is not on hold.",
    "in_progress": "That is under way already. Wait a moment.",
    "handing_over": "The caller is being handed over already.",
    "one_at_a_time": "Somebody else is in the call, or being rung. One at a time: cancel first.",
    "still_going": "The phone that rang last may still ring. Wait until it is silent.",
    "nobody_else_here": "Nobody else is in the call who could take over.",
    "nothing_to_cancel": "There is nothing to cancel.",
    "passed_on": "Another agent has the caller by now. Look again.",
    "no_target": "Say whom: an agent, a person, a number, an account or a queue.",
    "is_the_caller": "That is the caller.",
    "queue_cannot_talk": "A queue can take the caller, but not be talked to first or added.",
    "no_such_person": "Nobody of that name can be rung.",
    "has_the_call": "That agent has the caller already.",
    "agent_not_ready": "The agent is not ready.",
    "agent_away": "The agent's presence, or a pause, keeps calls away from them.",
    "agent_busy": "The agent has another call, or wraps up.",
    "no_such_queue": "The plan has no such queue.",
    "queue_closed": "The queue is closed.",
    "queue_full": "The queue is full.",
    "no_such_account": "The plan names no such resource account.",
    "account_without_number": "The resource account has no number that could be rung.",
    "numbers_not_allowed": "The plan lets nobody of this queue ring numbers: it needs `dial:`.",
    "not_a_number": "Write the number with + and the country's code, such as +14255550123.",
}


def sentence_of(code: str) -> str:
    """The sentence for a code."""
    return SENTENCES.get(code) or f"That cannot be done now ({code.replace('_', ' ')})."
