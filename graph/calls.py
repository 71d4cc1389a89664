"""Everything the service can do to a call, as Graph offers it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph import requests, wire
from graph.errors import OutcomeUnknown
from graph.models import CallSnapshot, Operation, Participant
from graph.requests import Filled, Prompt, Recording, Target, TargetKind
from graph.transport import GraphRequest, GraphResponse, GraphTransport

__all__ = ["Calls", "Prompt", "Recording", "Target", "TargetKind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The calls of one application in one tenant.

    `call_id` is the id as Graph wrote it (`wire_id`). Every method raises GraphError. A method
    that returns an Operation tells by `is_over` whether a notification will follow.
    """

    transport: GraphTransport
    tenant_id: str
    """The tenant of the call: a token of another tenant is refused with 7505."""
    app_id: str = ""
    deadline_ms: int | None = None
    """The instant after which requests are not begun and answers not waited for."""

    def until(self, deadline_ms: int | None) -> "Calls":
        """The same, with that deadline for each request."""
        return replace(self, deadline_ms=deadline_ms)

    async def answer(
        self, call_id: str, *, callback_uri: str, prefetch: Sequence[Prompt] = ()
    ) -> None:
        """Answer a ringing call."""
        await self._send(requests.answer(call_id, callback_uri=callback_uri, prefetch=prefetch))

    async def reject(self, call_id: str, reason: str = "busy") -> None:
        """Refuse a ringing call: `none`, `busy` or `forbidden`."""
        await self._send(requests.reject(call_id, reason=reason))

    async def redirect(
        self,
        call_id: str,
        targets: Sequence[Target],
        *,
        timeout_s: int | None = None,
        callback_uri: str | None = None,
    ) -> None:
        """Send a ringing call on to 1 to 25 targets, the first to pick up wins."""
        await self._send(
            requests.redirect(call_id, targets, timeout_s=timeout_s, callback_uri=callback_uri)
        )

    async def transfer(
        self, call_id: str, target: Target, *, replaces_call_id: str | None = None
    ) -> None:
        """Begin a transfer; notifications tell how it went."""
        await self._send(requests.transfer(call_id, target, replaces_call_id=replaces_call_id))

    async def invite(
        self,
        call_id: str,
        target: Target,
        *,
        client_context: str,
        replaces_call_id: str | None = None,
    ) -> Operation:
        """Ring somebody into the call, for about 60 s whatever we want."""
        filled = requests.invite(
            call_id, target, client_context=client_context, replaces_call_id=replaces_call_id
        )
        return await self._operation(filled)

    async def participants(self, call_id: str) -> list[Participant]:
        """Everyone in the call; Graph may leave a call of two without a roster."""
        told = (await self._send(requests.on_call("participants", call_id))).json().get("value")
        listed = (wire.participant(one) for one in (told if isinstance(told, list) else ()))
        return [one for one in listed if one is not None]

    async def remove_participant(self, call_id: str, participant_id: str) -> None:
        """Take one participant out, or stop ringing them."""
        await self._send(requests.remove_participant(call_id, participant_id))

    async def start_hold_music(
        self, call_id: str, participant_id: str, prompt: Prompt | None, *, client_context: str
    ) -> Operation:
        """Have one participant hear this alone; Graph holds one at a time."""
        return await self._operation(
            requests.start_hold_music(
                call_id, participant_id, prompt, client_context=client_context
            )
        )

    async def stop_hold_music(
        self, call_id: str, participant_id: str, *, client_context: str
    ) -> Operation:
        """Bring them back into the talk."""
        return await self._operation(
            requests.stop_hold_music(call_id, participant_id, client_context=client_context)
        )

    async def play_prompt(
        self, call_id: str, prompts: Sequence[Prompt], *, client_context: str
    ) -> Operation:
        """Queue 1 to 20 prompts."""
        return await self._operation(
            requests.play_prompt(call_id, prompts, client_context=client_context)
        )

    async def record_response(
        self, call_id: str, prompt: Prompt | None, how: Recording, *, client_context: str
    ) -> Operation:
        """Play one prompt, then record up to two minutes."""
        return await self._operation(
            requests.record_response(call_id, prompt, how, client_context=client_context)
        )

    async def update_recording_status(
        self, call_id: str, *, on: bool, client_context: str
    ) -> Operation:
        """Tell that the bot keeps what it hears from now on, or no more."""
        return await self._operation(
            requests.update_recording_status(call_id, on=on, client_context=client_context)
        )

    async def subscribe_to_tone(self, call_id: str, *, client_context: str) -> Operation:
        """Hear the keys pressed from now on."""
        return await self._with_context("subscribe_to_tone", call_id, client_context)

    async def cancel_media(self, call_id: str, *, client_context: str) -> Operation:
        """Stop what plays or records, and whatever is queued."""
        return await self._with_context("cancel_media", call_id, client_context)

    async def mute(self, call_id: str, *, client_context: str) -> Operation:
        """Mute the bot in the call."""
        return await self._with_context("mute", call_id, client_context)

    async def unmute(self, call_id: str, *, client_context: str) -> Operation:
        """Unmute the bot in the call."""
        return await self._with_context("unmute", call_id, client_context)

    async def keep_alive(self, call_id: str) -> None:
        """Keep the call for another 45 minutes."""
        await self._send(requests.on_call("keep_alive", call_id))

    async def get(self, call_id: str) -> CallSnapshot:
        """The call as it stands; Refused with status 404 once it is over."""
        told = (await self._send(requests.on_call("get_call", call_id))).json()
        return wire.snapshot(told, wire.identifier(told.get("id")) or call_id)

    async def hang_up(self, call_id: str) -> None:
        """End the call."""
        await self._send(requests.on_call("hang_up", call_id))

    async def create(
        self, target: Target, *, callback_uri: str, source: Target | None = None
    ) -> CallSnapshot:
        """Ring somebody on a new call. A number needs a resource account as `source`."""
        response = await self._send(
            requests.create(
                target, callback_uri=callback_uri, tenant_id=self.tenant_id or None, source=source
            )
        )
        told = response.json()
        wire_id = wire.identifier(told.get("id"))
        if wire_id is None:
            msg = "Graph created a call and did not say which"
            raise OutcomeUnknown(msg, status=response.status)
        return wire.snapshot(told, wire_id)

    async def _with_context(self, name: str, call_id: str, client_context: str) -> Operation:
        return await self._operation(requests.with_context(name, call_id, client_context))

    async def _operation(self, filled: Filled) -> Operation:
        return wire.operation((await self._send(filled)).json())

    async def _send(self, filled: Filled) -> GraphResponse:
        return await self.transport.send(
            GraphRequest(
                method=filled.method,
                path=filled.path,
                body=filled.body,
                tenant_id=self.tenant_id,
                app_id=self.app_id,
                deadline_ms=self.deadline_ms,
            )
        )
