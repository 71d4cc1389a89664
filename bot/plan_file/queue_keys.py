"""The keys of a queue in plan.yaml."""

from __future__ import annotations

from bot.plan_file.agent_keys import AFTER_CONTACT
from bot.plan_file.vocabulary import (
    CHANNEL,
    HOUR_MS,
    LANGUAGES,
    MINUTE_MS,
    SECOND_MS,
    Key,
    Keys,
    Kind,
    choice,
)
from bot.plan_file.waiting_keys import AGING, WAITING, WEIGHT
from routing.plan import AbandonedRing, Accept, AtClose, Delivery, Frozen, Preset, Rule

QUEUE: Keys = (
    Key(
        name="title",
        kind=Kind.TEXT,
        low=1,
        high=80,
        doc="The name that agents see and hear. Default: the queue's own.",
    ),
    Key(
        name="members",
        kind=Kind.PEOPLE,
        required=True,
        doc="The agents: people as `name@domain`, groups as `group: name@domain`, object ids of "
        "either. `serial` and `round_robin` keep this order; a group's people follow by name.",
    ),
    choice(
        "rule",
        Rule,
        Rule.LONGEST_IDLE,
        "Who of the available agents is rung: `longest_idle` (whose last work ended first), "
        "`round_robin` (the next after the one last rung) or `serial` (the first in the list).",
    ),
    Key(
        name="priority",
        kind=Kind.INTEGER,
        default="3",
        low=1,
        high=5,
        doc="Who goes first, here and among an agent's queues: 1 very high, 5 very low. Waiting "
        "makes up for it: see `aging`.",
    ),
    AGING,
    WEIGHT,
    choice(
        "delivery",
        Delivery,
        Delivery.CONSULT,
        "How the two are connected. `consult`: the agent is rung on a call of its own and accepts, "
        "then the caller is transferred. `group_call`: the agent is added to the caller's call. "
        "`transfer`: blind.",
    ),
    choice(
        "accept",
        Accept,
        Accept.CARD_OR_KEY,
        "Only with `delivery: consult`. `card_or_key`: the agent presses Accept on the card in the "
        "chat, before or after picking up, or hears who is calling and presses 1. `key`: only the "
        "key. `answer`: picking up is enough.",
    ),
    Key(
        name="accept_within",
        kind=Kind.DURATION,
        default="8s",
        low=3 * SECOND_MS,
        high=MINUTE_MS,
        doc="Not with `accept: answer`: how long the agent may take to say yes, from the end of "
        "the whisper on.",
    ),
    Key(
        name="ring_seconds",
        kind=Kind.INTEGER,
        default="18",
        low=5,
        high=55,
        doc="Only with `delivery: consult`: how many seconds the agent's phone rings. From 20 on "
        "Teams' own voicemail may answer first.",
    ),
    choice(
        "presence",
        Preset,
        Preset.STRICT,
        "Which presence lets calls through. `strict`: Available. `busy_ok`: also Busy and Away. "
        "`never_in_call`: also Be right back. Nobody is rung in a call, presenting, on do not "
        "disturb, focusing, out of office, offline or unknown.",
    ),
    choice(
        "frozen_presence",
        Frozen,
        Frozen.HOLD,
        "When presence could not be read for 60 s. `hold`: nobody is rung. `trust`: the last "
        "reading stands.",
    ),
    choice(
        "abandoned_ring",
        AbandonedRing,
        AbandonedRing.HOLD,
        "Only for callers connected by `group_call`, whose call ends while an agent's phone rings: "
        "what if Graph does not say that the ring is over? `hold`: the agent is left alone until "
        "75 s after it began. `trust`: it stopped with the call, the agent is free 5 s later. Say "
        "`trust` when you have seen phones stop.",
    ),
    Key(
        name="language",
        kind=Kind.LANGUAGE,
        choices=LANGUAGES,
        doc="What its agents hear the whisper in. Default: the plan's.",
    ),
    Key(
        name="music",
        kind=Kind.MUSIC,
        default="default",
        doc="What waiting callers hear: `default`, or a prompt with `audio:`.",
    ),
    *AFTER_CONTACT,
    Key(
        name="max_wait",
        kind=Kind.DURATION,
        low=SECOND_MS,
        high=24 * HOUR_MS,
        doc="The longest wait; without it callers wait until someone is free.",
    ),
    Key(
        name="on_max_wait",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller who waited so long.",
    ),
    Key(
        name="max_length",
        kind=Kind.INTEGER,
        low=0,
        high=10_000,
        doc="The most callers who may wait; without it there is no limit.",
    ),
    Key(
        name="on_overflow",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller for whom there is no room.",
    ),
    *WAITING,
    Key(
        name="decline_back_off",
        kind=Kind.DURATION,
        default="30s",
        high=HOUR_MS,
        doc="How long an agent who declined is left alone.",
    ),
    Key(
        name="busy_back_off",
        kind=Kind.DURATION,
        default="10s",
        high=HOUR_MS,
        doc="How long an agent whose line was busy is left alone.",
    ),
    Key(
        name="unreachable_back_off",
        kind=Kind.DURATION,
        default="60s",
        high=HOUR_MS,
        doc="How long an agent whose phone could not be reached is left alone.",
    ),
    Key(
        name="not_responding_after",
        kind=Kind.INTEGER,
        default="1",
        low=1,
        high=10,
        doc="So many missed offers in a row make an agent not responding: nobody rings them until "
        "they say `ready`, or their presence goes away and comes back.",
    ),
    Key(
        name="return_after",
        kind=Kind.DURATION,
        low=5 * SECOND_MS,
        high=24 * HOUR_MS,
        doc="After this time a not-responding agent is rung again; off without it.",
    ),
    Key(
        name="callback",
        kind=Kind.CALLBACK,
        doc="Callers may be called back, and keep their place in line: a section, or `true` (told "
        "to everybody who waits). Without it nobody is.",
    ),
    Key(
        name="dial",
        kind=Kind.PREFIXES,
        doc="The numbers that its agents may bring into a call, or hand one over to, begin so, "
        "such as `+49` or `+4930`; one or a list. Without it none: calls cost. Premium and "
        "shared-cost numbers are never rung. Only with `group_call`.",
    ),
    Key(
        name="voicemail",
        kind=Kind.VOICEMAIL,
        doc="How this team takes messages. Which callers leave some, say actions (`on_max_wait`, "
        "keys, menus) with `voicemail`.",
    ),
    Key(
        name="service_level",
        kind=Kind.SERVICE_LEVEL,
        doc="How soon how many of its callers should be answered: what [reports](reports.md) "
        "judge by. Default: 80 % within 20 s. Who joins after a change is judged by the new one.",
    ),
    Key(
        name="fallback",
        kind=Kind.ACTION,
        doc="Where callers go when an action's own target cannot be reached.",
    ),
    Key(
        name="supervisors",
        kind=Kind.PERSONS,
        doc="People who see and steer this queue, beside the plan's `supervisors`.",
    ),
    CHANNEL,
    Key(
        name="hours",
        kind=Kind.HOURS,
        doc="When it takes callers; always, without it.",
    ),
    Key(
        name="on_closed",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller who gets here when it is closed, by its hours or by a "
        "supervisor, whose words are heard in place of the prompt, or before a queue, flow, "
        "callback or voicemail. Default: told so, and good-bye.",
    ),
    choice(
        "at_close",
        AtClose,
        AtClose.SERVE_WAITING,
        "Who waits at the closing: `serve_waiting`: is served. `move`: goes where `on_closed` "
        "says; nobody is cut off whom an agent is being rung for.",
    ),
)
