"""The witness of the wire: under each value of a switch it says just that value."""

import base64
import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.emulated_bot import WEBHOOK, EmulatedBot
from kit.source_tree import ROOT

from emulator.scripts import Behaviour
from emulator.switch_rows import SWITCHES

sys.path.insert(0, str(ROOT / "scripts"))
from wire_witness import GIVEN_UP_S, Witness

ISS = {"botframework": "https://api.botframework.com", "graph": "https://graph.microsoft.com"}
BY_NAME = {switch.name: switch for switch in SWITCHES}
FULLY_SEEN = (
    "call_id_case",
    "content_type",
    "established_order",
    "establishing",
    "issuer",
    "media_state",
    "operation_id",
    "pstn_identity",
    "resource_url",
    "result_numbers",
    "subcode_key",
)
PARTLY_SEEN = {
    "reject_notice": {"id_only"},
    "pstn_withheld": {"anonymous", "empty_phone"},
    "guest_identity": {"guest"},
    "roster": {"told"},
}
"""The other answers look like nothing, so nothing is said."""


def bearer(issuer: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"iss": ISS[issuer]}).encode()).decode()
    return f"Bearer head.{claims.rstrip('=')}.signature"


def an_hour(switches: Mapping[str, str], answers: int = 202) -> EmulatedBot:
    """Callers of every kind: answered with a prompt, rejected, joined by an agent; then hung up."""
    bot = EmulatedBot(switches=switches, answers=answers)
    for kind in ("pstn", "withheld", "guest", "user", "pstn"):
        call = bot.answered(kind=kind).call
        bot.play(call, "https://bot.contoso.example/hello.wav")
        bot.run(90_000)
        bot.send("DELETE", f"/v1.0/communications/calls/{call}")
    bot.act(bot.caller().call, "reject", {"reason": "busy", "callbackUri": WEBHOOK})
    group = bot.answered().call
    bot.invite(group, bot.agent("ada.agent@contoso.example", Behaviour()))
    bot.run(20_000)
    return bot


def witnessed(bot: EmulatedBot, status: int = 202) -> Witness:
    witness = Witness()
    for at, delivery in enumerate(bot.deliveries):
        headers = {**delivery.headers, "Authorization": bearer(delivery.issuer)}
        witness.saw(headers, json.dumps(delivery.body).encode(), status=status, at=float(at))
    return witness


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in FULLY_SEEN for v in BY_NAME[n].values])
def test_what_the_wire_shows_is_said(name: str, value: str) -> None:
    assert witnessed(an_hour({name: value})).answers(at=0)[name] == value


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n in PARTLY_SEEN for v in BY_NAME[n].values]
)
def test_what_looks_like_nothing_is_not_said(name: str, value: str) -> None:
    said = witnessed(an_hour({name: value})).answers(at=0).get(name)
    assert said == (value if value in PARTLY_SEEN[name] else None)


def test_bundles_are_seen_and_their_absence_after_enough_posts() -> None:
    assert witnessed(an_hour({"bundling": "bundled"})).answers(at=0)["bundling"] == "bundled"
    assert witnessed(an_hour({})).answers(at=0)["bundling"] == "single"
    few = witnessed(EmulatedBot())
    assert "bundling" not in few.answers(at=0)


@pytest.mark.parametrize("value", ["same_id", "new_id"])
def test_a_post_that_was_refused_and_comes_again_is_known(value: str) -> None:
    bot = EmulatedBot(switches={"redelivery": value}, answers=503)
    bot.caller()
    bot.run(30_000)
    assert len(bot.deliveries) > 1
    assert witnessed(bot, status=503).answers(at=0)["redelivery"] == value


def test_a_post_that_was_refused_and_never_comes_again_is_known_after_a_while() -> None:
    bot = EmulatedBot(switches={"redelivery": "none"}, answers=503)
    bot.caller()
    bot.run(10)
    witness = witnessed(bot, status=503)
    assert "redelivery" not in witness.answers(at=GIVEN_UP_S - 1)
    assert witness.answers(at=GIVEN_UP_S + 1)["redelivery"] == "none"


def test_nothing_of_a_caller_is_kept() -> None:
    bot = EmulatedBot()
    call = bot.answered(who="+14255550123").call
    kept = repr(witnessed(bot))
    assert "4255550123" not in kept
    assert call not in kept


KEYS = (
    "value resourceUrl resource resourceData changeType state source identity phone id resultInfo "
    "code mediaState"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5)
    ),
    max_leaves=20,
)
OPERATION = "/communications/calls/a/operations/b"


@given(JSON, st.text(max_size=30))
def test_whatever_comes_off_the_wire_never_raises(told: Any, token: str) -> None:
    witness = Witness()
    item = {"resourceUrl": OPERATION, "changeType": "deleted", "resourceData": told}
    for body in (told, {"value": told}, {"value": [told]}, {"value": [item]}):
        witness.saw({"Authorization": token}, json.dumps(body).encode(), status=200, at=0)
    witness.saw({"Authorization": f"Bearer a.{token}.b"}, b'{"value": [{}]}', status=200, at=0)
    witness.saw({}, token.encode("utf-16"), status=200, at=0)
    witness.answers(at=0)
