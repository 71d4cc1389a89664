"""The scenes that come with the emulator, each under the deliveries it is about.

A scene in `scenes/*.json` names its people by first names and says what must come out. Here it
becomes an *act*: one scene under one delivery, with a resource account, a queue and agents of its
own, so that all acts can be played at once and none disturbs another. `stage` makes the directory
and the plan for a choice of acts; `verdicts` compares what the audit recounted with what had to be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from emulator.audit import Audit, Contact
from emulator.config import (
    HOME_DOMAIN,
    Account,
    Config,
    ConfigError,
    Person,
    Timings,
    default_config,
    object_id,
)
from emulator.scene import Scene
from emulator.shapes import Json

FOLDER = Path(__file__).with_name("scenes")
DELIVERIES = ("consult", "group_call", "transfer")
KNOWN = frozenset(
    (
        "title",
        "deliveries",
        "long",
        "to",
        "agents",
        "callers",
        "presence",
        "queue",
        "entry_point",
        "hours",
        "no_voicemail",
        "no_chat",
        "expect",
        "when",
    )
)
QUICK = Timings(ring_ms=20_000, voicemail_ms=8_000, number_talks_ms=3_000, connector_ms=80)
"""phones ring and voicemail waits less long than Teams has it, so that a demo ends soon"""
RING_SECONDS = 5
AFTER_MS, KEY_AFTER_MS, TALK_MS, AGENT_TALK_MS = 800, 800, 2_500, 6_000
"""when a scene does not say: an agent picks up, presses the key; a caller has talked enough; an
agent hangs up, should the caller have left without anybody telling the phone"""
LEGS = 1_000
COLLEAGUE = f"una.user@{HOME_DOMAIN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come out for one caller."""

    outcomes: tuple[str, ...]
    agent: str = ""
    """UPN of who must have talked with the caller; empty: anybody"""
    stage: str = ""
    cards: Mapping[str, str] = field(default_factory=dict[str, str])
    """what these agents' newest offer cards must show at the end, by UPN"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One scene under one delivery."""

    name: str
    scene: str
    title: str
    delivery: str
    long: bool
    to: str
    account: str
    agents: tuple[str, ...]
    chatting: tuple[str, ...]
    """the agents who have installed the bot"""
    voicemail: bool
    queue: Json
    entry_point: Json
    """keys of its entry point beside the usual ones"""
    hours: Json
    """opening hours of its own, which `hours: true` names in the two above; empty: none"""
    script: Scene
    expected: tuple[Expected, ...]
    when: Mapping[str, tuple[Expected, ...]]
    """by `switch=value`: what comes out instead"""

    def labels(self) -> list[str]:
        """What the log calls its callers."""
        return [caller.label for caller in self.script.callers]

    def expectations(self, switches: Mapping[str, str]) -> tuple[Expected, ...]:
        """What must come out when these switches are set."""
        for name, value in switches.items():
            if f"{name}={value}" in self.when:
                return self.when[f"{name}={value}"]
        return self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one caller's story is the one that was to come out."""

    act: Act
    label: str
    contact: Contact | None
    wrong: str
    """empty: as expected"""


@cache
def all_acts() -> tuple[Act, ...]:
    """Every act of every file, long ones first. Raises ConfigError with file and scene."""
    acts = []
    for file in sorted(FOLDER.glob("*.json")):
        source: object = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(source, dict):
            raise ConfigError(f"{file.name}: an object is expected")
        for scene, row in source.items():
            acts += _acts(file.name, scene, row)
    return tuple(sorted(acts, key=lambda act: not act.long))


def chosen_acts(words: Sequence[str]) -> list[Act]:
    """The acts that these words name: a scene, a delivery or `scene-delivery`; none: all."""
    found = [act for act in all_acts() if not words or _names(words, act)]
    for word in words:
        if not any(_names([word], act) for act in all_acts()):
            scenes = ", ".join(dict.fromkeys(act.scene for act in all_acts()))
            raise ConfigError(f"no scene is called {word!r}; there are {scenes}")
    return found


def stage(acts: Iterable[Act], webhook: str) -> Config:
    """The directory with everybody whom these acts need."""
    base = default_config(webhook=webhook, agents=0)
    application = replace(base.applications[0], legs=LEGS, presence_reads=1_000_000)
    accounts, people = list(base.accounts), list(base.people)
    for number, act in enumerate(acts):
        accounts.append(
            Account(
                id=object_id(act.account),
                upn=act.account,
                name=act.name,
                tenant_id=base.tenant_id,
                app_id=application.id,
                number=f"+1425555{2000 + number:04d}",
            )
        )
        people += [_person(upn, act, base.tenant_id) for upn in act.agents]
    return replace(
        base,
        applications=(application,),
        accounts=tuple(accounts),
        people=tuple(people),
        groups=(),
        timings=QUICK,
    )


def plan_of(acts: Sequence[Act]) -> Json:
    """The plan behind these acts, as the plan file has it."""
    direct = next((act.name for act in acts if act.to == "bot"), "")
    plan: Json = {
        "tenant": HOME_DOMAIN,
        "entry_points": {
            act.name: {"account": act.account, "queue": act.name, "greeting": "welcome"}
            | act.entry_point
            for act in acts
        },
        "hours": {act.name: act.hours for act in acts if act.hours},
        "queues": {act.name: act.queue for act in acts},
        "prompts": {
            "welcome": {"say": {"en": "Welcome to Contoso."}},
            "sorry": {"say": {"en": "We are sorry that nobody is free."}},
        },
    }
    return plan | {"default_entry_point": direct} if direct else plan


def script_of(act: Act, at: int, app_id: str) -> Scene:
    """The act's scene, its callers ringing `at` ms from now on."""
    callers = tuple(
        replace(caller, at=caller.at + at, to=f"bot:{app_id}" if act.to == "bot" else act.account)
        for caller in act.script.callers
    )
    # What holds from the start stands in the directory (`stage`): set only now, a service that has
    # read presence a moment ago would still believe the old one, as it may.
    presence = tuple(
        replace(change, at=change.at + at) for change in act.script.presence if change.at
    )
    return replace(act.script, callers=callers, presence=presence)


def verdicts(acts: Iterable[Act], audit: Audit, switches: Mapping[str, str]) -> list[Verdict]:
    """One for each caller of these acts."""
    contacts = {contact.label: contact for contact in audit.contacts}
    return [
        Verdict(
            act=act,
            label=label,
            contact=contacts.get(label),
            wrong=_wrong(contacts.get(label), expected) or _wrong_cards(audit, expected),
        )
        for act in acts
        for label, expected in zip(act.labels(), act.expectations(switches), strict=True)
    ]


def _wrong(contact: Contact | None, expected: Expected) -> str:
    if contact is None:
        return "never called"
    if contact.outcome not in expected.outcomes:
        return f"{contact.outcome}, not {' or '.join(expected.outcomes)}"
    if expected.agent and contact.connected_to != expected.agent:
        return f"talked with {contact.connected_to}, not {expected.agent}"
    if expected.stage and contact.stage != expected.stage:
        return f"ended in {contact.stage}, not {expected.stage}"
    return ""


def _wrong_cards(audit: Audit, expected: Expected) -> str:
    for upn, face in expected.cards.items():
        shown = audit.cards.last_face(upn)
        if shown != face:
            who = upn.partition(".")[0]
            return f"{who}'s card shows {shown or 'nothing'}, not {face or 'nothing'}"
    return ""


# --- reading


def _acts(file: str, scene: str, row: object) -> list[Act]:
    where = f"{file}: {scene}"
    if not isinstance(row, dict) or not {"title", "agents", "callers", "expect"} <= row.keys():
        raise ConfigError(f"{where}: title, agents, callers and expect are needed")
    if unknown := row.keys() - KNOWN:
        raise ConfigError(f"{where}: {', '.join(sorted(unknown))} is not known here")
    try:
        return [_act(scene, row, delivery) for delivery in row.get("deliveries", DELIVERIES)]
    except (ConfigError, KeyError) as wrong:
        raise ConfigError(f"{where}: {wrong}") from wrong


def _act(scene: str, row: Json, delivery: str) -> Act:
    name = f"{scene}-{delivery}"
    agents: Json = _object(row["agents"])
    upns = {first: f"{first}.{name}@{HOME_DOMAIN}" for first in agents}
    callers = [_caller(each, name, n, upns) for n, each in enumerate(_objects(row["callers"]), 1)]
    presence = [each | {"party": upns[str(each["party"])]} for each in _objects(row, "presence")]
    script = {
        "title": row["title"],
        "callers": callers,
        "agents": {
            upns[first]: [_behaviour(each) for each in _objects(acts)]
            for first, acts in agents.items()
        },
        "presence": presence,
    }
    return Act(
        name=name,
        scene=scene,
        title=str(row["title"]),
        delivery=delivery,
        long=row.get("long") is True,
        to=str(row.get("to", "account")),
        account=f"{name}@{HOME_DOMAIN}",
        agents=tuple(upns.values()),
        chatting=tuple(
            upn for first, upn in upns.items() if first not in _names_in(row, "no_chat")
        ),
        voicemail=row.get("no_voicemail") is not True,
        queue=_named_hours(_queue(row, delivery, list(upns.values())), name),
        entry_point=_named_hours(_object(row.get("entry_point", {})), name),
        hours=_object(row.get("hours", {})),
        script=Scene.from_json(script),
        expected=_expected(row["expect"], upns),
        when={key: _expected(value, upns) for key, value in _object(row.get("when", {})).items()},
    )


def _caller(row: Json, name: str, number: int, upns: Mapping[str, str]) -> Json:
    steps = [
        step | {"agent": upns[str(step["agent"])]} if "agent" in step else step
        for step in _objects(row, "steps")
    ]
    usual: Json = {} if steps else {"talk_ms": TALK_MS}
    if row.get("kind") == "user":
        usual["who"] = COLLEAGUE  # an agent would be busy then
    return usual | row | {"to": name, "label": f"{name} {number}", "steps": steps}


def _behaviour(row: Json) -> Json:
    usual: Json = {"after_ms": AFTER_MS, "key_after_ms": KEY_AFTER_MS, "talk_ms": AGENT_TALK_MS}
    return usual | row


def _queue(row: Json, delivery: str, members: list[str]) -> Json:
    queue: Json = {"title": "Support", "members": members, "rule": "serial", "delivery": delivery}
    if delivery == "consult":
        queue["ring_seconds"] = RING_SECONDS
    return queue | _object(row.get("queue", {}))


def _named_hours(keys: Json, act: str) -> Json:
    return keys | {"hours": act} if keys.get("hours") is True else keys


def _expected(rows: object, upns: Mapping[str, str]) -> tuple[Expected, ...]:
    found = []
    for row in _objects(rows):
        outcome = row["outcome"]
        found.append(
            Expected(
                outcomes=tuple(outcome) if isinstance(outcome, list) else (str(outcome),),
                agent=upns[str(row["agent"])] if "agent" in row else "",
                stage=str(row.get("stage", "")),
                cards={upns[n]: str(face) for n, face in _object(row.get("cards", {})).items()},
            )
        )
    return tuple(found)


def _person(upn: str, act: Act, tenant: str) -> Person:
    person = Person(
        id=object_id(upn),
        upn=upn,
        name=upn.partition(".")[0].capitalize(),
        tenant_id=tenant,
        voicemail=act.voicemail,
    )
    for change in act.script.presence:
        if change.party == upn and not change.at:
            person = replace(person, availability=change.availability, activity=change.activity)
    return person


def _names_in(row: Json, key: str) -> list[str]:
    names = row.get(key, [])
    if not isinstance(names, list):
        raise ConfigError(f"{key}: a list is expected")
    return [str(name) for name in names]


def _names(words: Sequence[str], act: Act) -> bool:
    return any(word in (act.name, act.scene, act.delivery) for word in words)


def _objects(value: object, key: str = "") -> list[Json]:
    rows = _object(value).get(key, []) if key else value
    if not isinstance(rows, list):
        raise ConfigError(f"{key or 'here'}: a list is expected")
    return [_object(row) for row in rows]


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        raise ConfigError(f"an object is expected, not {type(value).__name__}")
    return value
