"""Filled templates are, to the last property, what msgraph-sdk itself would send."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import people_shapes, requests, shapes
from graph.requests import Filled, Prompt, Recording, Target, TargetKind

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | st.sampled_from(
    ['"', "\\", "zz0hole", '"zz1hole"', "../..", "a/b?c#d", "%2F", "o'neil", "김", "é ü", "\x00"]
)
TARGETS = st.builds(
    Target,
    kind=st.sampled_from(TargetKind),
    id=TEXT,
    tenant_id=st.none() | TEXT,
    name=st.none() | TEXT,
)
PROMPTS = st.lists(st.builds(Prompt, TEXT, TEXT), min_size=1, max_size=20)
MAYBE = st.none() | TEXT


def party(prefix: str, target: Target | None) -> dict[str, Any]:
    if target is None:
        return {}
    told = {"id": target.id, "name": target.name, "tenant": target.tenant_id}
    return {f"{prefix}.{key}": value for key, value in told.items() if value is not None}


def media(prompts: list[Prompt]) -> dict[str, Any]:
    texts = {}
    for number, prompt in enumerate(prompts):
        texts[f"prompt{number}.uri"] = prompt.uri
        texts[f"prompt{number}.resource"] = prompt.resource_id
    return texts


def assert_as_the_sdk(filled: Filled, built: Any) -> None:
    assert filled.method == built.http_method.value
    assert filled.path == built.url.removeprefix(shapes.BASE_URL)
    assert (json.loads(filled.body) if filled.body else None) == (
        json.loads(built.content) if built.content else None
    )


def given_texts(**texts: Any) -> dict[str, Any]:
    return {key: value for key, value in texts.items() if value is not None}


@given(TEXT, TEXT, st.lists(st.builds(Prompt, TEXT, TEXT), max_size=3))
def test_answer(call: str, callback: str, prefetch: list[Prompt]) -> None:
    assert_as_the_sdk(
        requests.answer(call, callback_uri=callback, prefetch=prefetch),
        shapes.answer((len(prefetch),), {"call": call, "callback": callback, **media(prefetch)}),
    )


@given(TEXT, st.sampled_from(["none", "busy", "forbidden"]))
def test_reject(call: str, reason: str) -> None:
    assert_as_the_sdk(
        requests.reject(call, reason=reason), shapes.reject((reason,), {"call": call})
    )


@given(TEXT, st.lists(TARGETS, min_size=1, max_size=25), st.none() | st.integers(15, 90), MAYBE)
def test_redirect(
    call: str, targets: list[Target], seconds: int | None, callback: str | None
) -> None:
    texts = given_texts(call=call, callback=callback)
    for number, target in enumerate(targets):
        texts |= party(f"target{number}", target)
    assert_as_the_sdk(
        requests.redirect(call, targets, timeout_s=seconds, callback_uri=callback),
        shapes.redirect((seconds, *(target.kind.value for target in targets)), texts),
    )


@given(TEXT, TARGETS, MAYBE)
def test_transfer(call: str, target: Target, replaces: str | None) -> None:
    assert_as_the_sdk(
        requests.transfer(call, target, replaces_call_id=replaces),
        shapes.transfer(
            (target.kind.value,),
            given_texts(call=call, replaces=replaces) | party("target", target),
        ),
    )


@given(TEXT, TARGETS, TEXT, MAYBE)
def test_invite(call: str, target: Target, context: str, replaces: str | None) -> None:
    texts = given_texts(call=call, context=context, replaces=replaces) | party("target", target)
    assert_as_the_sdk(
        requests.invite(call, target, client_context=context, replaces_call_id=replaces),
        shapes.invite((target.kind.value,), texts),
    )


@given(TARGETS, TEXT, MAYBE, st.none() | TARGETS)
def test_create(target: Target, callback: str, tenant: str | None, source: Target | None) -> None:
    texts = given_texts(callback=callback, tenant=tenant)
    texts |= party("target", target) | party("source", source)
    kind = "application_instance" if source else None
    assert_as_the_sdk(
        requests.create(target, callback_uri=callback, tenant_id=tenant, source=source),
        shapes.create((target.kind.value, kind), texts),
    )


@given(TEXT, TEXT, st.none() | st.builds(Prompt, TEXT, TEXT), TEXT)
def test_start_hold_music(call: str, participant: str, prompt: Prompt | None, context: str) -> None:
    prompts = [prompt] if prompt else []
    texts = {"call": call, "participant": participant, "context": context, **media(prompts)}
    assert_as_the_sdk(
        requests.start_hold_music(call, participant, prompt, client_context=context),
        shapes.start_hold_music((len(prompts),), texts),
    )


@given(TEXT, TEXT, TEXT)
def test_stop_hold_music(call: str, participant: str, context: str) -> None:
    assert_as_the_sdk(
        requests.stop_hold_music(call, participant, client_context=context),
        shapes.stop_hold_music((), {"call": call, "participant": participant, "context": context}),
    )


@given(TEXT, PROMPTS, TEXT)
def test_play_prompt(call: str, prompts: list[Prompt], context: str) -> None:
    assert_as_the_sdk(
        requests.play_prompt(call, prompts, client_context=context),
        shapes.play_prompt((len(prompts),), {"call": call, "context": context, **media(prompts)}),
    )


@given(
    TEXT,
    st.none() | st.builds(Prompt, TEXT, TEXT),
    st.builds(
        Recording,
        initial_silence_s=st.integers(1, 120),
        silence_s=st.integers(1, 120),
        longest_s=st.integers(1, 120),
        barge_in=st.booleans(),
        beep=st.booleans(),
        stop_tones=st.lists(TEXT, max_size=3).map(tuple),
    ),
    TEXT,
)
def test_record_response(call: str, prompt: Prompt | None, how: Recording, context: str) -> None:
    prompts = [prompt] if prompt else []
    texts = {"call": call, "context": context, **media(prompts)}
    if how.stop_tones:
        texts["stop"] = how.stop_tones
    shape = (
        len(prompts),
        how.barge_in,
        how.beep,
        how.initial_silence_s,
        how.silence_s,
        how.longest_s,
    )
    assert_as_the_sdk(
        requests.record_response(call, prompt, how, client_context=context),
        shapes.record_response(shape, texts),
    )


@given(TEXT, TEXT, st.sampled_from(["subscribe_to_tone", "cancel_media", "mute", "unmute"]))
def test_operations_with_nothing_to_say(call: str, context: str, name: str) -> None:
    texts = {"call": call, "context": context}
    assert_as_the_sdk(requests.with_context(name, call, context), getattr(shapes, name)((), texts))


@given(TEXT, st.sampled_from(["keep_alive", "get_call", "hang_up", "participants"]))
def test_requests_that_say_only_their_call(call: str, name: str) -> None:
    assert_as_the_sdk(requests.on_call(name, call), getattr(shapes, name)((), {"call": call}))


@given(TEXT, TEXT)
def test_remove_participant(call: str, participant: str) -> None:
    assert_as_the_sdk(
        requests.remove_participant(call, participant),
        shapes.remove_participant((), {"call": call, "participant": participant}),
    )


@given(st.lists(TEXT, min_size=1, max_size=50))
def test_presences(ids: list[str]) -> None:
    assert_as_the_sdk(requests.presences(ids), shapes.presences((), {"ids": ids}))


@given(TEXT)
def test_call_record(record: str) -> None:
    assert_as_the_sdk(requests.call_record(record), shapes.call_record((), {"record": record}))


@given(TEXT, TEXT, st.sampled_from(["users", "groups"]))
def test_filters(field: str, value: str, name: str) -> None:
    text = "{} eq '{}'".format(field, value.replace("'", "''"))
    assert_as_the_sdk(
        requests.filtered(name, field, value), getattr(people_shapes, name)((), {"filter": text})
    )


@given(TEXT)
def test_reads_of_the_directory(ref: str) -> None:
    for name, key in (("user", "user"), ("transitive_members", "group"), ("members", "group")):
        assert_as_the_sdk(
            requests.fill(name, (), {key: ref}), getattr(people_shapes, name)((), {key: ref})
        )
    assert_as_the_sdk(requests.fill("organization", (), {}), people_shapes.organization((), {}))


def body_of(filled: Filled) -> Any:
    assert filled.body is not None
    return json.loads(filled.body)


def test_a_resource_account_is_rung_as_an_application_of_its_tenant() -> None:
    target = Target(kind=TargetKind.APPLICATION, id="line", tenant_id="t")
    identity = body_of(requests.transfer("c", target))["transferTarget"]["identity"]
    assert identity == {
        "@odata.type": "#microsoft.graph.identitySet",
        "application": {
            "@odata.type": "#microsoft.graph.identity",
            "id": "line",
            "tenantId": "t",
        },
    }


def test_a_number_is_rung_from_a_resource_account() -> None:
    """api/application-post-calls, seventh example"""
    body = body_of(
        requests.create(
            Target(kind=TargetKind.PHONE, id="+4930123456"),
            callback_uri="https://x",
            tenant_id="t",
            source=Target(kind=TargetKind.APPLICATION, id="line", name="Support"),
        )
    )
    assert body["targets"][0]["identity"]["phone"]["id"] == "+4930123456"
    assert body["source"]["identity"]["applicationInstance"]["id"] == "line"
    assert body["tenantId"] == "t"


def test_a_transfer_that_replaces_a_call_says_so_inside_its_target() -> None:
    """api/call-transfer, second example"""
    body = body_of(
        requests.transfer("c", Target(kind=TargetKind.USER, id="u"), replaces_call_id="other")
    )
    assert body["transferTarget"]["replacesCallId"] == "other"


@pytest.mark.parametrize(("asked", "sent"), [(1, 15), (15, 15), (90, 90), (600, 90)])
def test_redirect_seconds_are_brought_into_what_graph_takes(asked: int, sent: int) -> None:
    target = Target(kind=TargetKind.USER, id="u")
    assert body_of(requests.redirect("c", [target], timeout_s=asked))["timeout"] == sent


@pytest.mark.parametrize("count", [0, 26])
def test_a_redirect_takes_one_to_twenty_five_targets(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 25"):
        requests.redirect("c", [Target(kind=TargetKind.USER, id="u")] * count)


@pytest.mark.parametrize("count", [0, 21])
def test_a_request_plays_one_to_twenty_prompts(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 20"):
        requests.play_prompt("c", [Prompt("u", "r")] * count, client_context="x")


def test_warming_up_builds_what_a_caller_would_wait_for() -> None:
    requests._template.cache_clear()
    requests.warm_up()
    built = requests._template.cache_info().misses
    requests.transfer("c", Target(kind=TargetKind.USER, id="u"), replaces_call_id="d")
    requests.answer("c", callback_uri="u")
    requests.play_prompt("c", [Prompt("u", "r")], client_context="x")
    assert requests._template.cache_info().misses == built


@given(TEXT, st.booleans(), TEXT)
def test_update_recording_status(call: str, on: bool, context: str) -> None:
    status = "recording" if on else "notRecording"
    assert_as_the_sdk(
        requests.update_recording_status(call, on=on, client_context=context),
        shapes.update_recording_status((status,), {"call": call, "context": context}),
    )


def test_update_recording_status_says_what_the_page_shows() -> None:
    """api/call-updaterecordingstatus"""
    filled = requests.update_recording_status("C", on=True, client_context="x")
    assert filled.path.endswith("/communications/calls/C/updateRecordingStatus")
    assert json.loads(filled.body or b"") == {"status": "recording", "clientContext": "x"}
