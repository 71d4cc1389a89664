"""What is going on right now, for tables and pages: who waits, rings, talks, and who heard what."""

from __future__ import annotations

from emulator.exchange import Leg
from emulator.log import Heard
from emulator.shapes import Json
from emulator.world import World


def snapshot(world: World) -> Json:
    """Callers, agents and calls of this instant."""
    x = world.exchange
    return {
        "now": world.now,
        "callers": [_leg(world, leg) for leg in x.legs.values() if leg.role == "caller"],
        "agents": [_agent(world, person.upn) for person in x.config.people],
        "calls": [
            {
                "id": call.id,
                "state": call.state,
                "direction": call.direction,
                "app": call.app_id,
                "group": call.group,
                "legs": [leg.id for leg in call.room.legs],
                "playing": world.media.playing(call),
            }
            for call in x.calls.values()
        ],
        "notifications_waiting": x.notices.waiting(),
        "log": world.log.count,
    }


def timeline(world: World, name: str) -> list[Json]:
    """What a party (or one leg) heard from when to when; the last line is still going on."""
    person = world.directory.person(name)
    party = name if person is None else person.upn
    rows: list[Json] = [
        {
            "leg": r.leg,
            "party": r.party,
            "what": r.what,
            "detail": r.detail,
            "from": r.at,
            "until": r.until,
        }
        for r in world.log
        if isinstance(r, Heard) and (r.party == party or r.leg == name)
    ]
    for leg in world.exchange.legs.values():
        if (leg.party == party or leg.id == name) and leg.hears[0]:
            what, detail = leg.hears
            rows.append(
                {
                    "leg": leg.id,
                    "party": leg.party,
                    "what": what,
                    "detail": detail,
                    "from": leg.hears_since,
                    "until": None,
                }
            )
    return rows


def _leg(world: World, leg: Leg) -> Json:
    others = [other.party for other in leg.room.legs if other is not leg] if leg.room else []
    return {
        "leg": leg.id,
        "party": leg.party,
        "call": leg.call,
        "kind": leg.identity.kind,
        "state": leg.state,
        "via": leg.via,
        "hears": leg.hears[0],
        "detail": leg.hears[1],
        "since": leg.hears_since,
        "with": others,
        "for_ms": world.now - leg.hears_since,
    }


def _agent(world: World, upn: str) -> Json:
    availability, activity = world.presences.shown(upn)
    return {
        "upn": upn,
        "availability": availability,
        "activity": activity,
        "phones": [_leg(world, leg) for leg in world.exchange.live_of.get(upn, [])],
    }
