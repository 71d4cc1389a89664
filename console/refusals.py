"""Why something may not be done now, in a sentence: a code's words for whoever asks the API.

The codes are the rules' own (in routing/, returned by pure functions). The page has its own words
for them, in its reader's language: `refused.CODE` in web/words/*.json.
"""

from __future__ import annotations

CHANGED_NOTHING = "changed_nothing"
KEY_USED = "key_used"
SENTENCES: dict[str, str] = {
    CHANGED_NOTHING: "That changed nothing: somebody was faster. Look again.",
    KEY_USED: "This Idempotency-Key was used for something else. Use a new one for each act.",
}


def sentence_of(code: str) -> str:
    """The sentence for a code."""
    return SENTENCES.get(code) or f"That cannot be done now ({code.replace('_', ' ')})."
