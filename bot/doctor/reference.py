"""docs/findings.md: every kind of finding, what it breaks, how to mend it."""

from __future__ import annotations

from bot.doctor.finding import Kind
from bot.doctor.kinds import KINDS, SUBJECTS
from bot.doctor.page import WORDS

INTRO = """\
<!-- Generated from bot/doctor. Change it there, then `make docs`. -->

# Findings of the doctor

`switchboard doctor` looks at all that a call needs, from the machine on which it runs and with the
identity and settings of the service. It changes nothing, rings nobody and may be run beside the
service at any time. Each question has 4 s, each examination 20 s, and all run side by side: a Graph
that hangs is a finding too.

```
switchboard doctor            # for people, in color on a terminal
switchboard doctor --json     # for programs: code, severity, about, seen, where, breaks, mend
```

The exit code is 1 when calls would fail, else 0. On App Service: `az webapp ssh`, then
`python -m bot.cli doctor`.

| Severity | In JSON | Means |
|---|---|---|
| CALLS FAIL | `fails` | calls fail because of it, all or some |
| worse | `worse` | calls go on, and something about them is worse |
| note | `note` | good to know |
| not visible | `not_visible` | it cannot be seen from here, and is said rather than guessed |

What the running service finds by itself (people of the plan, prompts, legs) is at
[`GET /api/findings`](console-api.md) all the time. Every line below is produced by a test, with the
emulator over HTTP and a real database.
"""


def findings_page() -> str:
    """The whole page."""
    parts = [INTRO]
    for subject, title in SUBJECTS.items():
        rows = [kind for kind in KINDS.values() if kind.subject == subject]
        if not rows:
            continue
        parts.append(
            f"\n## {title}\n\n| Code | Severity | Means | Breaks | Mend |\n|---|---|---|---|---|\n"
        )
        parts += [_row(kind) for kind in rows]
    return "".join(parts)


def _row(kind: Kind) -> str:
    word = WORDS[kind.weight][0]
    return f"| `{kind.code}` | {word} | {kind.means} | {kind.breaks} | {kind.mend} |\n"
