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
from emulator.scene_plan import fragment, merged, named
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
        "no_voicemail",
        "no_chat",
        "customers",
        "plan",
        "entry_point",
        "web",
        "country",
        "not_when",
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
    dials: tuple[str, ...] | None = None
    """how each call to the caller's number must have ended; None: it does not matter"""
    dialed: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """the same of other numbers"""
    then: str = ""
    """UPN of whom the caller must have talked with last; empty: it does not matter"""
    acts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """what the tab must have said to these agents' acts, by UPN: `done`, or a refusal's code"""
    cards: Mapping[str, str] = field(default_factory=dict[str, str])
    """what these agents' newest offer cards must show at the end, by UPN"""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """what these agents' cards must say of the caller before their phone rings, by UPN"""
    context_later: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """what they must say at some time, by UPN"""


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
    country: str
    """of its resource account; empty: none is named"""
    entry_point: Json
    """what it says besides account and queue; a null takes away what is usual"""
    plan: Json
    """what the scene brings to the plan, by section"""
    script: Scene
    expected: tuple[Expected, ...]
    when: Mapping[str, tuple[Expected, ...]]
    """by `switch=value`: what comes out instead"""
    not_when: tuple[str, ...] = ()
    """under these `switch=value` it cannot be played"""

    def labels(self) -> list[str]:
        """What the log calls its callers."""
        return [caller.label for caller in self.script.callers]

    def can_be_played(self, switches: Mapping[str, str]) -> bool:
        """Whether the scene means anything when these switches are set."""
        return not any(f"{name}={value}" in self.not_when for name, value in switches.items())

    def expectations(self, switches: Mapping[str, str]) -> tuple[Expected, ...]:
        """What must come out when these switches are set."""
        for name, value in switches.items():
            if f"{name}={value}" in self.when:
                return self.when[f"{name}={value}"]
        return self.expected


@cache
def all_acts() -> tuple[Act, ...]:
    """Every act of every file, long ones first. Raises ConfigError with file and scene."""
    acts: list[Act] = []
    for file in sorted(FOLDER.glob("*.json")):
        source: object = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(source, dict):
            raise ConfigError(f"{file.name}: an object is expected")
        for scene, row in source.items():
            if any(act.scene == scene for act in acts):
                raise ConfigError(f"{file.name}: {scene}: another file has a scene of this name")
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
        "entry_points": {act.name: _entry_point(act) for act in acts},
        "queues": {act.name: act.queue for act in acts},
        "prompts": {
            "welcome": {"say": {"en": "Welcome to Contoso."}},
            "sorry": {"say": {"en": "We are sorry that nobody is free."}},
        },
    }
    whole = merged(plan, (act.plan for act in acts))
    return whole | {"default_entry_point": direct} if direct else whole


def _entry_point(act: Act) -> Json:
    usual: Json = {"account": act.account, "queue": act.name, "greeting": "welcome"}
    if act.country:
        usual["country"] = act.country
    return {key: value for key, value in (usual | act.entry_point).items() if value is not None}


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
    names = {"act": name, **upns}
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
        queue=_object(named(_queue(row, delivery, list(upns.values())), names)),
        entry_point=_object(named(row.get("entry_point", {}), names)),
        plan=fragment(row.get("plan", {}), names),
        country=str(row.get("country", "")),
        not_when=tuple(_names_in(row, "not_when")),
        script=Scene.from_json(_script(row, name, delivery, upns)),
        expected=_expected(row["expect"], upns),
        when={key: _expected(value, upns) for key, value in _object(row.get("when", {})).items()},
    )


def _script(row: Json, name: str, delivery: str, upns: Mapping[str, str]) -> Json:
    callers = [_caller(each, name, n, upns) for n, each in enumerate(_objects(row["callers"]), 1)]
    customers = {
        _number(number, delivery): acts
        for number, acts in _object(row.get("customers", {})).items()
    }
    presence = [each | {"party": upns[str(each["party"])]} for each in _objects(row, "presence")]
    return {
        "title": row["title"],
        "callers": callers,
        "agents": {
            upns[first]: [
                _behaviour(_object(named(each, {"act": name, **upns}))) for each in _objects(acts)
            ]
            for first, acts in _object(row["agents"]).items()
        }
        | {
            number: [_behaviour(each) for each in _objects(acts)]
            for number, acts in customers.items()
        },
        "presence": presence,
        "web": {f"{name}-{key}": each for key, each in _object(row.get("web", {})).items()},
    }


def _caller(row: Json, name: str, number: int, upns: Mapping[str, str]) -> Json:
    steps = [
        step | {"agent": upns[str(step["agent"])]} if "agent" in step else step
        for step in _objects(row, "steps")
    ]
    usual: Json = {} if steps else {"talk_ms": TALK_MS}
    if row.get("kind") == "user":
        usual["who"] = COLLEAGUE  # an agent would be busy then
    if str(row.get("who", "")).startswith("+"):
        row = row | {"who": _number(str(row["who"]), name.rpartition("-")[2])}
    return usual | row | {"to": name, "label": f"{name} {number}", "steps": steps}


def _number(number: str, delivery: str) -> str:
    """A scene's number, made one of its own under each delivery: its fourth digit from the end."""
    digit = (int(number[-4]) + DELIVERIES.index(delivery)) % 10
    return f"{number[:-4]}{digit}{number[-3:]}"


def _behaviour(row: Json) -> Json:
    usual: Json = {"after_ms": AFTER_MS, "key_after_ms": KEY_AFTER_MS, "talk_ms": AGENT_TALK_MS}
    return usual | row


def _queue(row: Json, delivery: str, members: list[str]) -> Json:
    queue: Json = {"title": "Support", "members": members, "rule": "serial", "delivery": delivery}
    if delivery == "consult":
        queue["ring_seconds"] = RING_SECONDS
    return queue | _object(row.get("queue", {}))


def _expected(rows: object, upns: Mapping[str, str]) -> tuple[Expected, ...]:
    found = []
    for row in _objects(rows):
        outcome = row["outcome"]
        found.append(
            Expected(
                outcomes=tuple(outcome) if isinstance(outcome, list) else (str(outcome),),
                agent=upns[str(row["agent"])] if "agent" in row else "",
                stage=str(row.get("stage", "")),
                dials=tuple(_names_in(row, "dials")) if "dials" in row else None,
                dialed={
                    number: tuple(_names_in(_object(row["dialed"]), number))
                    for number in _object(row.get("dialed", {}))
                },
                then=upns.get(str(row.get("then", "")), str(row.get("then", ""))),
                acts={
                    upns[first]: tuple(_names_in(_object(row["acts"]), first))
                    for first in _object(row.get("acts", {}))
                },
                cards={upns[n]: str(face) for n, face in _object(row.get("cards", {})).items()},
                context=_words(row, "context", upns),
                context_later=_words(row, "context_later", upns),
            )
        )
    return tuple(found)


def _words(row: Json, key: str, upns: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found = _object(row.get(key, {}))
    return {upns[first]: tuple(_names_in(found, first)) for first in found}


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
