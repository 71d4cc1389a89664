"""The shape of each request, as msgraph-sdk builds it: paths, typed bodies, enums.

Each function takes what decides the shape (`kinds`, numbers, flags) and the texts that fill it,
and returns the SDK's own request. graph/requests.py calls it once per shape with placeholders and
keeps the result; a test calls it with real values and compares. Importing this module imports the
SDK (half a second), so only graph/requests.py does, and not before it must.

The SDK fills in `@odata.type` for some types only; Microsoft's samples show it for all, so it is
set here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_serialization_json.json_serialization_writer_factory import (
    JsonSerializationWriterFactory,
)
from msgraph.generated.communications.call_records.item import (
    call_record_item_request_builder as record_item,
)
from msgraph.generated.communications.calls.item.answer.answer_post_request_body import (
    AnswerPostRequestBody,
)
from msgraph.generated.communications.calls.item.cancel_media_processing import (
    cancel_media_processing_post_request_body as cancel_body,
)
from msgraph.generated.communications.calls.item.mute.mute_post_request_body import (
    MutePostRequestBody,
)
from msgraph.generated.communications.calls.item.participants.invite.invite_post_request_body import (  # noqa: E501
    InvitePostRequestBody,
)
from msgraph.generated.communications.calls.item.participants.item.start_hold_music import (
    start_hold_music_post_request_body as start_hold_body,
)
from msgraph.generated.communications.calls.item.participants.item.stop_hold_music import (
    stop_hold_music_post_request_body as stop_hold_body,
)
from msgraph.generated.communications.calls.item.play_prompt.play_prompt_post_request_body import (
    PlayPromptPostRequestBody,
)
from msgraph.generated.communications.calls.item.record_response import (
    record_response_post_request_body as record_body,
)
from msgraph.generated.communications.calls.item.redirect.redirect_post_request_body import (
    RedirectPostRequestBody,
)
from msgraph.generated.communications.calls.item.reject.reject_post_request_body import (
    RejectPostRequestBody,
)
from msgraph.generated.communications.calls.item.subscribe_to_tone import (
    subscribe_to_tone_post_request_body as tone_body,
)
from msgraph.generated.communications.calls.item.transfer.transfer_post_request_body import (
    TransferPostRequestBody,
)
from msgraph.generated.communications.calls.item.unmute.unmute_post_request_body import (
    UnmutePostRequestBody,
)
from msgraph.generated.communications.calls.item.update_recording_status import (
    update_recording_status_post_request_body as status_body,
)
from msgraph.generated.communications.communications_request_builder import (
    CommunicationsRequestBuilder,
)
from msgraph.generated.communications.get_presences_by_user_id import (
    get_presences_by_user_id_post_request_body as presences_body,
)
from msgraph.generated.models.call import Call
from msgraph.generated.models.communications_identity_set import CommunicationsIdentitySet
from msgraph.generated.models.identity import Identity
from msgraph.generated.models.identity_set import IdentitySet
from msgraph.generated.models.invitation_participant_info import InvitationParticipantInfo
from msgraph.generated.models.media_info import MediaInfo
from msgraph.generated.models.media_prompt import MediaPrompt
from msgraph.generated.models.modality import Modality
from msgraph.generated.models.participant_info import ParticipantInfo
from msgraph.generated.models.recording_status import RecordingStatus
from msgraph.generated.models.reject_reason import RejectReason
from msgraph.generated.models.service_hosted_media_config import ServiceHostedMediaConfig

BASE_URL = "https://graph.invalid"
"""Cut off again; only what follows is used."""


Texts = Mapping[str, Any]
"""Values by name: text, or a list of texts. A missing name is a property that is not sent."""
Shape = Sequence[Any]
"""What else decides the shape: kinds of targets, numbers, flags."""


class _Adapter:
    """The little of a request adapter that building a request needs; it sends nothing."""

    base_url = BASE_URL

    def get_serialization_writer_factory(self) -> JsonSerializationWriterFactory:
        return JsonSerializationWriterFactory()


ADAPTER = _Adapter()
BASE = {"baseurl": BASE_URL}


def _calls() -> Any:
    return CommunicationsRequestBuilder(ADAPTER, BASE).calls


def _call(texts: Texts) -> Any:
    return _calls().by_call_id(texts["call"])


def _identity(texts: Texts, prefix: str) -> Identity:
    tenant = texts.get(f"{prefix}.tenant")
    return Identity(
        odata_type="#microsoft.graph.identity",
        id=texts.get(f"{prefix}.id"),
        display_name=texts.get(f"{prefix}.name"),
        additional_data={"tenantId": tenant} if tenant else {},
    )


def _identity_set(kind: str, texts: Texts, prefix: str) -> IdentitySet:
    named = {kind: _identity(texts, prefix)}
    if kind in ("user", "application"):
        return IdentitySet(odata_type="#microsoft.graph.identitySet", **named)
    # Typed members exist in the derived type only, while the samples label it as the base type.
    return CommunicationsIdentitySet(odata_type="#microsoft.graph.identitySet", **named)


def _invitation(
    kind: str, texts: Texts, prefix: str, replaces: str | None = None
) -> InvitationParticipantInfo:
    return InvitationParticipantInfo(
        odata_type="#microsoft.graph.invitationParticipantInfo",
        identity=_identity_set(kind, texts, prefix),
        replaces_call_id=replaces,
    )


def _media(texts: Texts, prefix: str) -> MediaInfo:
    return MediaInfo(
        odata_type="#microsoft.graph.mediaInfo",
        uri=texts[f"{prefix}.uri"],
        resource_id=texts[f"{prefix}.resource"],
    )


def _prompts(count: int, texts: Texts) -> list[MediaPrompt]:
    return [MediaPrompt(media_info=_media(texts, f"prompt{n}")) for n in range(count)]


def answer(shape: Shape, texts: Texts) -> Any:
    """`shape`: how many prompts Graph should fetch ahead."""
    (prompts,) = shape
    body = AnswerPostRequestBody(
        callback_uri=texts["callback"],
        accepted_modalities=[Modality.Audio],
        media_config=ServiceHostedMediaConfig(
            pre_fetch_media=[_media(texts, f"prompt{n}") for n in range(prompts)] or None
        ),
    )
    return _call(texts).answer.to_post_request_information(body)


def reject(shape: Shape, texts: Texts) -> Any:
    """`shape`: the reason."""
    body = RejectPostRequestBody(reason=RejectReason(shape[0]), callback_uri=texts.get("callback"))
    return _call(texts).reject.to_post_request_information(body)


def redirect(shape: Shape, texts: Texts) -> Any:
    """`shape`: seconds, then the kind of each target."""
    seconds, *kinds = shape
    body = RedirectPostRequestBody(
        targets=[_invitation(kind, texts, f"target{n}") for n, kind in enumerate(kinds)],
        timeout=seconds,
        callback_uri=texts.get("callback"),
    )
    return _call(texts).redirect.to_post_request_information(body)


def transfer(shape: Shape, texts: Texts) -> Any:
    """`shape`: the kind of target."""
    target = _invitation(shape[0], texts, "target", texts.get("replaces"))
    body = TransferPostRequestBody(transfer_target=target)
    return _call(texts).transfer.to_post_request_information(body)


def invite(shape: Shape, texts: Texts) -> Any:
    """`shape`: the kind of target."""
    body = InvitePostRequestBody(
        participants=[_invitation(shape[0], texts, "target", texts.get("replaces"))],
        client_context=texts["context"],
    )
    return _call(texts).participants.invite.to_post_request_information(body)


def participants(_: Shape, texts: Texts) -> Any:
    """Everyone in a call."""
    return _call(texts).participants.to_get_request_information()


def remove_participant(_: Shape, texts: Texts) -> Any:
    """One participant out of a call."""
    one = _call(texts).participants.by_participant_id(texts["participant"])
    return one.to_delete_request_information()


def start_hold_music(shape: Shape, texts: Texts) -> Any:
    """`shape`: how many prompts, none or one."""
    prompts = _prompts(shape[0], texts)
    body = start_hold_body.StartHoldMusicPostRequestBody(
        custom_prompt=prompts[0] if prompts else None, client_context=texts["context"]
    )
    one = _call(texts).participants.by_participant_id(texts["participant"])
    return one.start_hold_music.to_post_request_information(body)


def stop_hold_music(_: Shape, texts: Texts) -> Any:
    """One participant back into the talk."""
    body = stop_hold_body.StopHoldMusicPostRequestBody(client_context=texts["context"])
    one = _call(texts).participants.by_participant_id(texts["participant"])
    return one.stop_hold_music.to_post_request_information(body)


def play_prompt(shape: Shape, texts: Texts) -> Any:
    """`shape`: how many prompts."""
    body = PlayPromptPostRequestBody(
        prompts=_prompts(shape[0], texts), client_context=texts["context"]
    )
    return _call(texts).play_prompt.to_post_request_information(body)


def record_response(shape: Shape, texts: Texts) -> Any:
    """`shape`: prompts, barge-in, beep, then seconds: first silence, silence, longest."""
    count, barge_in, beep, initial_silence, silence, longest = shape
    body = record_body.RecordResponsePostRequestBody(
        prompts=_prompts(count, texts),
        barge_in_allowed=barge_in,
        play_beep=beep,
        initial_silence_timeout_in_seconds=initial_silence,
        max_silence_timeout_in_seconds=silence,
        max_record_duration_in_seconds=longest,
        stop_tones=list(texts["stop"]) if "stop" in texts else None,
        client_context=texts["context"],
    )
    return _call(texts).record_response.to_post_request_information(body)


def update_recording_status(shape: Shape, texts: Texts) -> Any:
    """`shape`: the status: recording, notRecording or failed."""
    body = status_body.UpdateRecordingStatusPostRequestBody(
        status=RecordingStatus(shape[0]), client_context=texts["context"]
    )
    return _call(texts).update_recording_status.to_post_request_information(body)


def subscribe_to_tone(_: Shape, texts: Texts) -> Any:
    """Hear the keys pressed on a call."""
    body = tone_body.SubscribeToTonePostRequestBody(client_context=texts["context"])
    return _call(texts).subscribe_to_tone.to_post_request_information(body)


def cancel_media(_: Shape, texts: Texts) -> Any:
    """Stop what plays and whatever is queued behind it."""
    body = cancel_body.CancelMediaProcessingPostRequestBody(client_context=texts["context"])
    return _call(texts).cancel_media_processing.to_post_request_information(body)


def mute(_: Shape, texts: Texts) -> Any:
    """Mute the bot itself."""
    body = MutePostRequestBody(client_context=texts["context"])
    return _call(texts).mute.to_post_request_information(body)


def unmute(_: Shape, texts: Texts) -> Any:
    """Unmute the bot itself."""
    body = UnmutePostRequestBody(client_context=texts["context"])
    return _call(texts).unmute.to_post_request_information(body)


def keep_alive(_: Shape, texts: Texts) -> Any:
    """Tell Graph that the call is still wanted."""
    return _call(texts).keep_alive.to_post_request_information()


def get_call(_: Shape, texts: Texts) -> Any:
    """Read one call."""
    return _call(texts).to_get_request_information()


def hang_up(_: Shape, texts: Texts) -> Any:
    """End the call for the bot; a call of two ends for both."""
    return _call(texts).to_delete_request_information()


def create(shape: Shape, texts: Texts) -> Any:
    """`shape`: the kind of target, then the kind of source or None."""
    kind, source_kind = shape
    source = None
    if source_kind:
        source = ParticipantInfo(
            odata_type="#microsoft.graph.participantInfo",
            identity=_identity_set(source_kind, texts, "source"),
        )
    body = Call(
        odata_type="#microsoft.graph.call",
        callback_uri=texts["callback"],
        source=source,
        targets=[_invitation(kind, texts, "target")],
        requested_modalities=[Modality.Audio],
        media_config=ServiceHostedMediaConfig(),
        tenant_id=texts.get("tenant"),
    )
    return _calls().to_post_request_information(body)


def presences(_: Shape, texts: Texts) -> Any:
    """Presence of many people at once."""
    body = presences_body.GetPresencesByUserIdPostRequestBody(ids=list(texts["ids"]))
    builder = CommunicationsRequestBuilder(ADAPTER, BASE)
    return builder.get_presences_by_user_id.to_post_request_information(body)


def call_record(_: Shape, texts: Texts) -> Any:
    """One call record with its sessions and their segments."""
    item = record_item.CallRecordItemRequestBuilder
    query = item.CallRecordItemRequestBuilderGetQueryParameters(
        expand=["sessions($expand=segments)"]
    )
    records = CommunicationsRequestBuilder(ADAPTER, BASE).call_records
    one = records.by_call_record_id(texts["record"])
    return one.to_get_request_information(query_of(query))


def query_of(parameters: Any) -> Any:
    """A request's query."""
    return RequestConfiguration(query_parameters=parameters)
