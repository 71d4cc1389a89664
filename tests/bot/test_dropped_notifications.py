"""Every notification of a contact's life, dropped in turn: nobody is left in silence or unserved.

For each story the whole list of what Graph notifies stands below. Those that matter are dropped one
by one, the others all at once. What must hold is in `test_one_lost_notification`; where it cannot,
`KNOWN` says by how much, and why.
"""

from __future__ import annotations

from kit.lost_news import NUMBER, Story

from emulator.scripts import Behaviour, Step
from routing.plan import Action, ActionKind, Delivery

CONSULT, GROUP, BLIND = Delivery.CONSULT, Delivery.GROUP_CALL, Delivery.TRANSFER
TAKES = Behaviour(after_ms=1_000, key="1", key_after_ms=1_500, talk_ms=12_000)
IGNORES = Behaviour(do="ignore")
DECLINES = Behaviour(do="decline", after_ms=1_000)
PRESSES_2 = Behaviour(after_ms=1_000, key="2")
BUSY = Behaviour(do="busy", after_ms=100)
TO_NUMBER = {
    "max_wait_ms": 6_000,
    "on_max_wait": Action(kind=ActionKind.NUMBER, ref=NUMBER),
}
WAITS_6_S = {"max_wait_ms": 6_000}
STORIES: dict[str, Story] = {
    "taken": Story(agents=(TAKES, TAKES)),
    "link fails": Story(agents=(TAKES, TAKES), faults=({"kind": "transfer_fails"},)),
    "link fails twice": Story(
        agents=(TAKES, TAKES),
        faults=({"kind": "transfer_fails", "times": 2},),
        steps=(Step(do="hang_up", after_ms=40_000, unless_talking=True),),
    ),
    "declined": Story(agents=(DECLINES, TAKES)),
    "declined by key": Story(agents=(PRESSES_2, TAKES)),
    "missed": Story(agents=(IGNORES, TAKES)),
    "no key": Story(agents=(Behaviour(after_ms=1_000), TAKES)),
    "hangs up in the ring": Story(
        agents=(IGNORES, TAKES), steps=(Step(do="hang_up", on="ring", after_ms=700),)
    ),
    "hangs up in the whisper": Story(
        agents=(Behaviour(after_ms=1_000), TAKES),
        steps=(Step(do="hang_up", on="whisper", after_ms=700),),
    ),
    "hangs up in the link": Story(
        agents=(TAKES, TAKES), steps=(Step(do="hang_up", on="connecting", after_ms=100),)
    ),
    "hangs up in the talk": Story(
        agents=(TAKES, TAKES), steps=(Step(do="hang_up", on="talk", after_ms=5_000),)
    ),
    "waits long": Story(steps=(Step(do="hang_up", after_ms=130_000),)),
    "waited out": Story(queue=WAITS_6_S),
    "waited out in the ring": Story(queue=WAITS_6_S, agents=(IGNORES, IGNORES)),
    "sent on": Story(queue=TO_NUMBER, number=TAKES),
    "sent on in vain": Story(queue=TO_NUMBER, number=BUSY),
    "sent on in the ring": Story(queue=TO_NUMBER, agents=(IGNORES, IGNORES), number=TAKES),
    "sent on in vain in the ring": Story(queue=TO_NUMBER, agents=(BUSY, BUSY), number=BUSY),
}


SENT: dict[tuple[str, Delivery], str] = {
    ("taken", CONSULT): "established 2, tone 1, operation 2, terminated 2",
    ("taken", GROUP): "established 1, operation 3, roster 2, terminated 1",
    ("taken", BLIND): "established 1, operation 2, terminated 1",
    ("link fails", CONSULT): "established 4, tone 2, operation 3, terminated 3",
    ("link fails", BLIND): "established 2, operation 3, terminated 1",
    ("link fails twice", CONSULT): "established 5, tone 2, operation 6, roster 2, terminated 2",
    ("link fails twice", BLIND): "established 3, operation 3",
    ("declined", CONSULT): "established 2, tone 1, operation 2, terminated 3",
    ("declined", GROUP): "established 1, operation 4, roster 2, terminated 1",
    ("declined", BLIND): "established 2, operation 3, terminated 1",
    ("declined by key", CONSULT): "established 3, tone 2, operation 2, terminated 3",
    ("missed", CONSULT): "established 2, tone 1, operation 2, terminated 3",
    ("missed", GROUP): "established 1, operation 5, roster 2, terminated 1",
    ("missed", BLIND): "established 2, operation 4, terminated 1",
    ("no key", CONSULT): "established 3, tone 1, operation 4, terminated 3",
    ("hangs up in the ring", CONSULT): "established 1, operation 1, terminated 2",
    ("hangs up in the ring", GROUP): "established 1, operation 2, terminated 1",
    ("hangs up in the ring", BLIND): "established 1, operation 2, terminated 1",
    ("hangs up in the whisper", CONSULT): "established 2, operation 1, terminated 2",
    ("hangs up in the link", CONSULT): "established 2, tone 1, operation 2, terminated 2",
    ("hangs up in the talk", CONSULT): "established 2, tone 1, operation 2, terminated 2",
    ("hangs up in the talk", GROUP): "established 1, operation 3, roster 2, terminated 1",
    ("hangs up in the talk", BLIND): "established 1, operation 2, terminated 1",
    ("waits long", CONSULT): "established 1, operation 3",
    ("waited out", CONSULT): "established 1, operation 3, terminated 1",
    ("waited out in the ring", CONSULT): "established 1, operation 3, terminated 2",
    ("waited out in the ring", GROUP): "established 1, operation 4, terminated 1",
    ("waited out in the ring", BLIND): "established 2, operation 4, terminated 1",
    ("sent on", CONSULT): "established 1, operation 2, terminated 1",
    ("sent on in vain", CONSULT): "established 2, operation 3, terminated 1",
    ("sent on in the ring", CONSULT): "established 1, operation 2, terminated 2",
    ("sent on in the ring", GROUP): "established 1, operation 4, roster 2, terminated 1",
    ("sent on in the ring", BLIND): "established 2, operation 3, terminated 1",
    ("sent on in vain in the ring", CONSULT): "established 2, operation 3, terminated 3",
    ("sent on in vain in the ring", GROUP): "established 1, operation 6, terminated 1",
    ("sent on in vain in the ring", BLIND): "established 4, operation 5, terminated 1",
}
