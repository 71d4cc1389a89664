"""What a bot plays and records: a queue per call, worked off in order, in real lengths.

How long a prompt is comes from outside (`prompt_duration`): the HTTP shell fetches the file, tests
say a number. An address nobody has fetched yet is waited for, as Graph does after its quick reply.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.exchange import Call, Exchange, Leg
from emulator.recordings import Recordings
from emulator.refusals import (
    Reply,
    Request,
    bad_request,
    check_words,
    items,
    not_possible,
    text,
    whole,
)
from emulator.shapes import GRAPH, Json, Result, operation, result_info
from emulator.timers import Timer

PROMPTS_AT_ONCE = 20
PENDING = -1
"""the duration of a prompt that is still being fetched"""
PromptDuration = Callable[[str], int | None]
DONE = Result(200, 0, "Action completed successfully.")
CANCELLED = Result(400, 8508, "Action was canceled.")
UNPLAYABLE = Result(400, 9999, "The prompt could not be fetched or is no mono 16-bit 16 kHz WAV.")
TONES = {"*": "star", "#": "pound", **{str(n): f"tone{n}" for n in range(10)}}
BEEP_MS = 300


@dataclass(slots=True, eq=False)
class _Op:
    """One queued media operation."""

    kind: str
    id: str
    context: str | None
    uris: list[str] = field(default_factory=list[str])
    index: int = 0
    record: Json | None = None
    tones_ms: int = 0
    stop: Callable[[], None] | None = None
    began: int | None = None
    """when the beep of a recording was over"""
    speech: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


@dataclass(slots=True)
class _Queue:
    call: Call
    waiting: deque[_Op] = field(default_factory=deque[_Op])
    current: _Op | None = None
    timer: Timer | None = None
    wanted: str = ""
    """the uri that is being fetched"""


class Media:
    """Plays, records and sends tones; an observer of nobody, driven by requests and timers."""

    def __init__(self, exchange: Exchange, prompt_duration: PromptDuration) -> None:
        self._x = exchange
        self._duration = prompt_duration
        self._queues: dict[str, _Queue] = {}
        self._fetching: dict[str, list[_Queue]] = {}
        self._speech: dict[str, int] = {}
        """leg -> until when its person speaks"""
        self.recordings = Recordings(exchange)

    # --- requests

    def play_prompt(self, request: Request, call: Call) -> Reply:
        body = self._ready(request, call, "playPrompt")
        uris = self._uris(body, PROMPTS_AT_ONCE)
        context = text(body, "clientContext")
        op = _Op("playPromptOperation", self._x.new_id(), context, uris)
        if self._x.switches["prompt_failure"] == "in_reply" and self._any_bad(uris):
            failed = operation(op.kind, op.id, "failed", context)
            return Reply(200, failed | {"resultInfo": result_info(UNPLAYABLE, self._x.switches)})
        self._enqueue(call, op)
        return Reply(200, operation(op.kind, op.id, "running", context))

    def record_response(self, request: Request, call: Call) -> Reply:
        body = self._ready(request, call, "recordResponse")
        uris = self._uris(body, 1) if body.get("prompts") else []
        for key, default, most in (
            ("initialSilenceTimeoutInSeconds", 5, 120),
            ("maxSilenceTimeoutInSeconds", 5, 120),
            ("maxRecordDurationInSeconds", 5, 120),
        ):
            whole(body, key, default, 1, most)
        if (call.group or call.escalated) and self._x.switches["record_in_meeting"] == "refused":
            raise not_possible("Cannot record a response in a call in meeting mode.")
        context = text(body, "clientContext")
        op = _Op("recordOperation", self._x.new_id(), context, uris, record=body)
        if body.get("bargeInAllowed") is True:
            self._clear(call)
        self._enqueue(call, op)
        location = f"/communications/calls/{call.id}/operations/{op.id}"
        reply = operation(op.kind, op.id, "running", context) | {
            "resultInfo": None,
            "recordingLocation": None,
        }
        return Reply(200, reply, {"Location": location})

    def send_dtmf_tones(self, request: Request, call: Call) -> Reply:
        body = self._ready(request, call, "sendDtmfTones")
        tones = body.get("tones")
        known = {*TONES.values(), "a", "b", "c", "d", "flash"}
        if not isinstance(tones, list) or not tones or any(tone not in known for tone in tones):
            raise bad_request(
                "tones must be a collection of tone0..tone9, star, pound, a..d, flash."
            )
        gap = whole(body, "delayBetweenTonesMs", 0, 0, 60_000)
        context = text(body, "clientContext")
        op = _Op("sendDtmfTonesOperation", self._x.new_id(), context)
        op.tones_ms = len(tones) * (100 + gap)
        self._enqueue(call, op)
        return Reply(200, operation(op.kind, op.id, "running", context))

    def cancel(self, request: Request, call: Call) -> Reply:
        body = self._ready(request, call, "cancelMediaProcessing")
        context = text(body, "clientContext")
        self._clear(call)
        op_id = self._x.new_id()
        location = f"/communications/calls/{call.id}/operations/{op_id}"
        reply = operation("cancelMediaProcessingOperation", op_id, "completed", context)
        return Reply(200, reply, {"Location": location})

    def subscribe_to_tone(self, request: Request, call: Call) -> Reply:
        body = self._ready(request, call, "subscribeToTone")
        context = text(body, "clientContext")
        call.tones = True
        op_id = self._x.new_id()
        return Reply(200, operation("subscribeToToneOperation", op_id, "completed", context))

    # --- what people do

    def press(self, leg: Leg, key: str) -> bool:
        """A key on a phone; True when a bot is told."""
        call = leg.room.bot if leg.room is not None else None
        if call is None or call.state != "established":
            return False
        queue = self._queues.get(call.id)
        if queue is not None and queue.current is not None:
            self._stop_tone(queue.current, key)
        if not call.tones:
            return False
        call.tone_seq += 1
        data = {
            "@odata.type": GRAPH + "call",
            "state": "established",
            "id": self._x.spelled(call),
            "toneInfo": {
                "@odata.type": GRAPH + "toneInfo",
                "sequenceId": call.tone_seq,
                "tone": TONES.get(key, key),
            },
        }
        self._x.notify(call, "tone", data)
        return True

    def speak(self, leg: Leg, ms: int) -> None:
        """The person speaks for so long; a recording hears it."""
        self._speech[leg.id] = self._x.now + ms
        call = leg.room.bot if leg.room is not None else None
        queue = self._queues.get(call.id) if call is not None else None
        if queue is not None and queue.current is not None and queue.current.stop is not None:
            self._listen(queue, queue.current)

    # --- what calls do

    def stop(self, call: Call, *, told: bool) -> None:
        """The call cannot play any longer (transfer, end). `told`: completions still go out."""
        queue = self._queues.get(call.id)
        if queue is None:
            return
        current = queue.current
        if told:
            self._clear(call)
        elif (
            current is not None
            and current.began is not None
            and self._x.switches["recording_at_hang_up"] == "told"
        ):
            self._tell(call, current, Result(200, 0, "Recorded."))
        self._halt(queue)
        queue.waiting.clear()
        del self._queues[call.id]

    def restart(self, call: Call) -> None:
        """The running prompt starts again from its beginning (switch prompt_at_invite)."""
        queue = self._queues.get(call.id)
        if queue is not None and queue.current is not None and queue.current.uris:
            op = queue.current
            self._halt(queue)
            op.index = 0
            self._begin(queue, op)

    def prompt_known(self, uri: str) -> None:
        """A prompt that was being fetched is here (or will never be)."""
        for queue in self._fetching.pop(uri, []):
            if queue.wanted == uri and queue.current is not None:
                queue.wanted = ""
                self._play_next(queue, queue.current)

    def playing(self, call: Call) -> int:
        """How many operations run or wait on the call."""
        queue = self._queues.get(call.id)
        return 0 if queue is None else len(queue.waiting) + (queue.current is not None)

    # --- the queue

    def _ready(self, request: Request, call: Call, op: str) -> Json:
        body = request.object_body() if request.body is not None else {}
        check_words(op, body)
        if call.state != "established":
            raise not_possible(f"The call is {call.state}, not established.")
        return body

    def _uris(self, body: Json, most: int) -> list[str]:
        prompts = items(body, "prompts")
        if not prompts or len(prompts) > most:
            raise bad_request(f"prompts must hold 1 to {most} prompts, not {len(prompts)}.")
        uris: list[str] = []
        for prompt in prompts:
            info = prompt.get("mediaInfo")
            uri = info.get("uri") if isinstance(info, dict) else None
            if prompt.get("@odata.type") != GRAPH + "mediaPrompt" or not isinstance(uri, str):
                raise bad_request(
                    "Each prompt is a #microsoft.graph.mediaPrompt with mediaInfo.uri."
                )
            uris.append(uri)
        return uris

    def _any_bad(self, uris: list[str]) -> bool:
        return any(self._duration(uri) is None for uri in uris)

    def _enqueue(self, call: Call, op: _Op) -> None:
        queue = self._queues.get(call.id)
        if queue is None:
            queue = self._queues[call.id] = _Queue(call)
            call.on_end.append(lambda: self.stop(call, told=False))
        queue.waiting.append(op)
        if queue.current is None:
            delay = self._x.config.timings.media_start_ms
            self._take_next(queue, delay)

    def _take_next(self, queue: _Queue, delay: int) -> None:
        if not queue.waiting:
            queue.current = None
            return
        op = queue.current = queue.waiting.popleft()
        queue.timer = self._x.later(delay, lambda: self._begin(queue, op))

    def _begin(self, queue: _Queue, op: _Op) -> None:
        if op.tones_ms:
            queue.timer = self._x.later(op.tones_ms, lambda: self._finish(queue, op, DONE))
        elif op.uris:
            self._play_next(queue, op)
        else:
            self._record(queue, op)

    def _play_next(self, queue: _Queue, op: _Op) -> None:
        if op.index >= len(op.uris):
            if op.record is not None:
                self._record(queue, op)
            else:
                self._finish(queue, op, DONE)
            return
        uri = op.uris[op.index]
        length = self._duration(uri)
        if length == PENDING:
            self._show(queue, None)
            queue.wanted = uri
            self._fetching.setdefault(uri, []).append(queue)
            return
        if length is None:
            self._unplayable(queue, op)
            return
        self._show(queue, ("prompt", uri))
        op.index += 1
        queue.timer = self._x.later(length, lambda: self._play_next(queue, op))

    def _unplayable(self, queue: _Queue, op: _Op) -> None:
        silent = self._x.switches["prompt_failure"] == "silent"
        self._finish(queue, op, DONE if silent else UNPLAYABLE)

    def _record(self, queue: _Queue, op: _Op) -> None:
        record = op.record or {}
        if record.get("playBeep", True) is not False:
            self._show(queue, ("beep", ""))
            queue.timer = self._x.later(BEEP_MS, lambda: self._listen(queue, op))
        else:
            self._listen(queue, op)

    def _listen(self, queue: _Queue, op: _Op) -> None:
        """Record until the person has been silent long enough, or too long in all."""
        self._show(queue, ("recording", ""))
        record = op.record or {}
        if queue.timer is not None:
            queue.timer.cancel()
        if op.began is None:
            op.began = self._x.now
        spoken = max((self._speech.get(leg.id, 0) for leg in queue.call.room.legs), default=0)
        if spoken > self._x.now:
            op.speech.append((self._x.now, spoken))
            longest = whole(record, "maxRecordDurationInSeconds", 5, 1, 120) * 1000
            longest -= self._x.now - op.began
            silence = whole(record, "maxSilenceTimeoutInSeconds", 5, 1, 120) * 1000
            wait, result = spoken - self._x.now + silence, Result(200, 0, "Recorded.")
            if wait >= longest:
                wait, result = longest, Result(200, 8515, "Max record duration reached.")
        else:
            wait = whole(record, "initialSilenceTimeoutInSeconds", 5, 1, 120) * 1000
            result = Result(400, 8514, "Initial silence timeout.")
        op.stop = lambda: self._finish(queue, op, Result(200, 8503, "Stop tone detected."))
        queue.timer = self._x.later(wait, lambda: self._finish(queue, op, result))

    def _stop_tone(self, op: _Op, key: str) -> None:
        stops = (op.record or {}).get("stopTones")
        if op.stop is not None and isinstance(stops, list) and key in stops:
            op.stop()

    def _finish(self, queue: _Queue, op: _Op, result: Result) -> None:
        if queue.current is not op:
            return
        self._tell(queue.call, op, result)
        if not queue.waiting:
            self._show(queue, None)
        self._take_next(queue, 0)

    def _tell(self, call: Call, op: _Op, result: Result) -> None:
        status = "completed" if result.code < 300 else "failed"
        data = operation(op.kind, op.id, status, op.context)
        match self._x.switches["operation_id"]:
            case "null":
                data["id"] = None
            case "absent":
                del data["id"]
        data["resultInfo"] = result_info(result, self._x.switches)
        if op.kind == "recordOperation":
            done = status == "completed"
            location = f"{self._x.base_url}/recordings/{op.id}"
            data["recordingLocation"] = location if done else None
            began = self._x.now if op.began is None else op.began
            token = self.recordings.keep(call, op.id, began, op.speech) if done else None
            data["recordingAccessToken"] = token
        if result is CANCELLED:
            data["completionReason"] = "operationCanceled"
            if op.tones_ms:
                data |= {"status": "completed", "completionReason": "mediaOperationCanceled"}
        elif op.tones_ms:
            data["completionReason"] = "completedSuccessfully"
        self._x.notify(call, "operation", data, change="deleted", part=f"/operations/{op.id}")

    def _clear(self, call: Call) -> None:
        """Stop what runs and drop what waits; each is told as cancelled, in order."""
        queue = self._queues.get(call.id)
        if queue is None:
            return
        dropped = ([queue.current] if queue.current is not None else []) + list(queue.waiting)
        self._halt(queue)
        queue.current = None
        queue.waiting.clear()
        for op in dropped:
            self._tell(call, op, CANCELLED)

    def _halt(self, queue: _Queue) -> None:
        if queue.timer is not None:
            queue.timer.cancel()
            queue.timer = None
        queue.wanted = ""
        self._show(queue, None)

    def _show(self, queue: _Queue, playing: tuple[str, str] | None) -> None:
        if queue.call.playing != playing:
            queue.call.playing = playing
            if queue.call.room.bot is queue.call:
                self._x.settle(queue.call.room)
