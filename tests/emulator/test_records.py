import datetime
from typing import Any

from kit.emulated_bot import START, EmulatedBot

from emulator.scripts import Behaviour, Step

ADA = "ada.agent@contoso.example"
HOOK = "https://bot.contoso.example/api/records"


def subscription(**change: Any) -> dict[str, Any]:
    expires = datetime.datetime.fromtimestamp(START / 1000, datetime.UTC)
    body = {
        "changeType": "created,updated",
        "notificationUrl": HOOK,
        "resource": "/communications/callRecords",
        "expirationDateTime": (expires + datetime.timedelta(hours=2)).isoformat(),
        "clientState": "secret",
    }
    return body | change


def transferred(bot: EmulatedBot) -> str:
    """A caller who talked with Ada for ten seconds; returns the chain id."""
    ada = bot.agent(ADA, Behaviour(after_ms=1_000))
    leg = bot.answered(steps=(Step(do="hang_up", on="talk", after_ms=10_000),))
    chain = str(bot.heard[0]["resourceData"]["callChainId"])
    bot.transfer(leg.call, ada)
    bot.run(20_000)
    return chain


def test_record_comes_late_and_tells_the_talk_time() -> None:
    bot = EmulatedBot()
    chain = transferred(bot)
    path = f"/v1.0/communications/callRecords/{chain}?$expand=sessions($expand=segments)"
    assert bot.send("GET", path).status == 404
    bot.run(16 * 60_000)
    record = bot.send("GET", path).body
    talk = record["sessions"][1]
    start, end = (
        datetime.datetime.fromisoformat(talk[key]) for key in ("startDateTime", "endDateTime")
    )
    assert (end - start).total_seconds() == 10
    person = bot.world.directory.person(ADA)
    assert person is not None
    assert talk["callee"]["identity"]["user"]["id"] == person.id
    assert len(bot.send("GET", "/v1.0/communications/callRecords").body["value"]) == 1


def test_agent_who_left_first_has_a_shorter_session() -> None:
    bot = EmulatedBot()
    ada = bot.agent(ADA, Behaviour(after_ms=500, talk_ms=3_000))
    leg = bot.answered(steps=(Step(do="hang_up", after_ms=20_000),))
    chain = str(bot.heard[0]["resourceData"]["callChainId"])
    bot.invite(leg.call, ada)
    bot.run(20 * 60_000)
    sessions = bot.send("GET", f"/v1.0/communications/callRecords/{chain}").body["sessions"]
    spans = [
        datetime.datetime.fromisoformat(row["endDateTime"])
        - datetime.datetime.fromisoformat(row["startDateTime"])
        for row in sessions
    ]
    assert [span.total_seconds() for span in spans] == [20, 3]


def test_subscriber_is_told_of_the_record() -> None:
    bot = EmulatedBot()
    reply = bot.send("POST", "/v1.0/subscriptions", subscription())
    assert (reply.status, reply.validate) == (201, (HOOK,))
    chain = transferred(bot)
    bot.run(16 * 60_000)
    told = [delivery for delivery in bot.deliveries if delivery.url == HOOK]
    assert [(d.issuer, d.body["value"][0]["resourceData"]["id"]) for d in told] == [("", chain)]
    assert told[0].body["value"][0]["clientState"] == "secret"


def test_subscription_is_renewed_and_removed() -> None:
    bot = EmulatedBot()
    body = bot.send("POST", "/v1.0/subscriptions", subscription()).body
    path = f"/v1.0/subscriptions/{body['id']}"
    later = subscription()["expirationDateTime"].replace("T02", "T08")
    renewed = bot.send("PATCH", path, {"expirationDateTime": later})
    assert (renewed.status, renewed.body["expirationDateTime"][11:13]) == (200, "08")
    assert bot.send("DELETE", path).status == 204
    assert bot.send("GET", path).status == 404


def test_subscriptions_graph_refuses() -> None:
    bot = EmulatedBot()
    for change, status in (
        ({"resource": "/communications/presences/x"}, 403),
        ({"resource": "/users"}, 400),
        ({"changeType": "deleted"}, 400),
        ({"notificationUrl": "http://bot.contoso.example"}, 400),
        ({"expirationDateTime": "2099-01-01T00:00:00Z"}, 400),
        ({"expirationDateTime": "soon"}, 400),
        ({"clientState": "x" * 129}, 400),
    ):
        assert bot.send("POST", "/v1.0/subscriptions", subscription(**change)).status == status
    assert bot.send("GET", "/v1.0/subscriptions").body == {"value": []}
