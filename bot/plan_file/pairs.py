"""What cannot stand beside what in a plan, and why: for the docs, in the words of the checks."""

PAIRS = (
    (
        "`ring_seconds`, `accept`, `accept_within`",
        "`delivery: group_call` or `transfer`",
        (
            "nobody can end the ringing of an invitation or blind transfer, and there is no "
            "call on which to ask"
        ),
    ),
    (
        (
            "`account:` without `number:` in `on_max_wait`, a queue's `fallback` or an entry "
            "point's `on_error`"
        ),
        "`delivery: group_call`",
        (
            "after an invitation Graph refuses every transfer (8523); an account cannot be "
            "invited, its number can"
        ),
    ),
    (
        "an entry point's `fallback`",
        "an account of this service",
        "the service is what cannot take the call",
    ),
    (
        "an action's `account:`",
        "the account that leads into the same queue",
        "callers would go round in circles",
    ),
    ("one `account`", "two entry points", "a call has one destination"),
    (
        "`queue`, `flow`, `voicemail`, `callback`",
        "`fallback`, `on_error`, the door",
        "they come when the service fails the caller, or before it answers",
    ),
    (
        "a round of steps, flows and `on_overflow`",
        "nothing that the caller does in it",
        "who presses nothing would go round without end",
    ),
    (
        "`callback` as an action",
        "a queue without `callback:`",
        "the queue's rules say who may be called",
    ),
    (
        "`callback:`",
        "neither `allowed_prefixes` nor an entry point's `country`",
        "nobody could say which numbers may be called",
    ),
    ("a step", "no other step that leads there", "nobody would ever hear it"),
    (
        "a prompt in a flow",
        "a language in which it has no words, and which its hearers may have chosen",
        "they would hear another language",
    ),
    (
        "`when_closed: redirect`",
        "an `on_closed` that leads nowhere outside, or has a prompt",
        "the call is not answered: it can only be sent on, and nothing can be heard",
    ),
    ("`17:00-09:00`", "", "it closes before it opens; past midnight is `17:00-33:00`"),
    ("hours", "hours that overlap with them, also past midnight", "one of the two is a mistake"),
    (
        "`no_agent` or `on_overflow` of a queue",
        "those of others that lead back to it",
        "a caller would be sent round at once, and never wait anywhere",
    ),
    ("a queue's `keys`", "that queue itself", "the caller is there already"),
    (
        "a key of a queue's `keys`",
        "the `key` of its `callback.offer`, 1 by itself",
        "one key would have two meanings; that queue's own `callback` is the same meaning",
    ),
    ("`announce`", "neither `prompts`, `position` nor `expected_wait`", "it would say nothing"),
    ("key `0` of a menu", "the flow's `operator`", "0 reaches the operator at every step"),
    (
        "`account:` without `number:` in whatever may come after a queue",
        "that queue's `delivery: group_call`",
        "after an invitation only people and numbers can be reached",
    ),
)
