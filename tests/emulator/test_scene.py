import pytest
from kit.emulated_bot import WEBHOOK, EmulatedBot, with_application

from emulator.audit import audit
from emulator.callers import WorldError
from emulator.config import ConfigError, default_config
from emulator.scene import Scene, play

ADA = "ada.agent@contoso.example"
SUPPORT = "support@contoso.example"


def test_scene_plays_callers_agents_presence_and_bad_days_on_time() -> None:
    bot = EmulatedBot()
    scene = Scene.from_json(
        {
            "title": "A morning",
            "callers": [{"to": SUPPORT, "at": 2_000}, {"to": SUPPORT, "kind": "user", "at": 4_000}],
            "agents": {ADA: [{"do": "decline", "after_ms": 100}]},
            "presence": [{"at": 1_000, "party": ADA, "availability": "Away"}],
            "other_calls": [{"at": 6_000, "party": "ben.agent@contoso.example"}],
            "faults": [{"at": 3_000, "kind": "500", "op": "answer"}],
            "switches": {"presence_lag": "none"},
        }
    )
    start = bot.now
    play(bot.world, scene, start)
    bot.run(2_500)
    assert [r.at - start for r in bot.records("placed")] == [2_000]
    assert bot.world.presences.shown(ADA) == ("Away", "Away")
    first = bot.records("placed")[0].call
    bot.run(1_000)
    assert [bot.answer(first).status for _ in range(2)] == [500, 202]
    bot.run(3_000)
    assert len(audit(bot.world.log, over=False).contacts) == 2
    assert bot.world.presences.shown("ben.agent@contoso.example") == ("Busy", "InACall")


def test_scene_with_a_stranger_in_it_does_not_begin() -> None:
    bot = EmulatedBot()
    row = {"callers": [{"to": "nobody@contoso.example"}], "switches": {"roster": "silent"}}
    with pytest.raises(WorldError, match="called 'nobody@contoso"):
        play(bot.world, Scene.from_json(row), bot.now)
    assert bot.world.switches["roster"] == "told"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"actors": []}, "'actors' is not known here"),
        ({"callers": {}}, "callers: a list is expected"),
        ({"presence": [{"at": -1, "party": ADA}]}, "at is a whole number"),
        ({"presence": [{"at": 1}]}, "party is missing"),
        ({"agents": {ADA: {"do": "decline"}}}, "a list is expected"),
    ],
)
def test_bad_scenes_are_refused_in_words(row: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Scene.from_json(row)


def test_caller_stays_encrypted_without_the_permission_to_see() -> None:
    config = with_application(default_config(webhook=WEBHOOK), roles=("Presence.Read.All",))
    bot = EmulatedBot(config=config)
    bot.caller(kind="user")
    bot.run(100)
    assert "encrypted" in bot.heard[0]["resourceData"]["source"]["identity"]


def test_presence_is_throttled_and_recovers_after_the_window() -> None:
    config = with_application(default_config(webhook=WEBHOOK), presence_reads=2)
    bot = EmulatedBot(config=config)
    path = f"/v1.0/users/{ADA}/presence"
    assert [bot.send("GET", path).status for _ in range(3)] == [200, 200, 429]
    bot.run(10_000)
    assert bot.send("GET", path).headers["Retry-After"] == "20"
    bot.run(20_000)
    assert bot.send("GET", path).status == 200


def test_call_waiting_rings_a_second_time() -> None:
    bot = EmulatedBot()
    bot.world.set_call_waiting(ADA, on=True)
    bot.rung(bot.user(ADA))
    bot.rung(bot.user(ADA))
    bot.run(1_000)
    assert [violation.kind for violation in audit(bot.world.log).violations] == ["rung_twice"]
