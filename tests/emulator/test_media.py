import io
import wave

import pytest
from kit.emulated_bot import EmulatedBot

from emulator.media import PENDING
from emulator.scripts import Behaviour, Step

ADA = "ada.agent@contoso.example"


def prompts_heard(bot: EmulatedBot) -> list[tuple[str, int]]:
    return [(r.detail, r.until - r.at) for r in bot.records("heard") if r.what == "prompt"]


def test_operations_queue_and_nothing_is_lost_between_them() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 1_000)
    leg = bot.answered()
    bot.play(leg.call, "https://p/a.wav", context="one")
    bot.play(leg.call, "https://p/b.wav", context="two")
    bot.run(5_000)
    assert prompts_heard(bot) == [("https://p/a.wav", 1_000), ("https://p/b.wav", 1_000)]
    done = [(op["clientContext"], op["status"]) for op in bot.operations(leg.call)]
    assert done == [("one", "completed"), ("two", "completed")]


def test_cancel_ends_the_running_and_the_queued() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 10_000)
    leg = bot.answered()
    bot.play(leg.call, "https://p/a.wav", context="one")
    bot.play(leg.call, "https://p/b.wav", context="two")
    bot.run(2_040)
    reply = bot.act(leg.call, "cancelMediaProcessing", {"clientContext": "stop"})
    assert (reply.status, reply.body["status"]) == (200, "completed")
    bot.run(1_000)
    ops = bot.operations(leg.call)
    assert [(op["clientContext"], op["status"]) for op in ops] == [
        ("one", "failed"),
        ("two", "failed"),
    ]
    assert {op["resultInfo"]["subcode"] for op in ops} == {8508}
    bot.play(leg.call, "https://p/c.wav", context="three")
    bot.run(20_000)
    assert prompts_heard(bot) == [("https://p/a.wav", 2_000), ("https://p/c.wav", 10_000)]


def test_prompt_being_fetched_is_waited_for() -> None:
    lengths = {"https://p/a.wav": PENDING}
    bot = EmulatedBot(prompt_duration=lengths.get)
    leg = bot.answered()
    bot.play(leg.call, "https://p/a.wav")
    bot.run(3_000)
    assert prompts_heard(bot) == []
    lengths["https://p/a.wav"] = 500
    bot.world.prompt_known("https://p/a.wav", bot.now)
    bot.run(1_000)
    assert prompts_heard(bot) == [("https://p/a.wav", 500)]


@pytest.mark.parametrize(
    ("switch", "in_reply", "told"),
    [
        ("notified", "running", ["failed"]),
        ("in_reply", "failed", []),
        ("silent", "running", ["completed"]),
    ],
)
def test_prompt_that_cannot_be_fetched(switch: str, in_reply: str, told: list[str]) -> None:
    bot = EmulatedBot(switches={"prompt_failure": switch}, prompt_duration=lambda _: None)
    leg = bot.answered()
    assert bot.play(leg.call, "https://p/gone.wav").body["status"] == in_reply
    bot.run(1_000)
    assert [op["status"] for op in bot.operations(leg.call)] == told


def test_tones_come_only_after_subscribing_and_are_numbered() -> None:
    bot = EmulatedBot()
    keys = [Step(do="key", key=key, after_ms=1_000 * n) for n, key in enumerate("12*#", 1)]
    leg = bot.answered(steps=tuple(keys))
    bot.run(1_000)
    bot.act(leg.call, "subscribeToTone", {})
    bot.run(5_000)
    tones = [d["toneInfo"] for d in bot.of(leg.call) if "toneInfo" in d]
    assert [(t["sequenceId"], t["tone"]) for t in tones] == [
        (1, "tone2"),
        (2, "star"),
        (3, "pound"),
    ]
    assert [r.told for r in bot.records("key")] == [False, True, True, True]


def test_recording_ends_with_silence_a_stop_tone_or_the_limit() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 500)
    speech = Step(do="speak", on="answered", after_ms=1_500, ms=2_000)
    leg = bot.answered(steps=(speech, Step(do="key", key="#", after_ms=30_000)))
    body = {
        "prompts": [
            {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": "https://p/q"}}
        ],
        "maxSilenceTimeoutInSeconds": 2,
        "maxRecordDurationInSeconds": 60,
        "initialSilenceTimeoutInSeconds": 120,
        "stopTones": ["#"],
        "clientContext": "r",
    }
    reply = bot.act(leg.call, "recordResponse", body)
    assert reply.status == 200
    bot.run(10_000)
    first = bot.operations(leg.call)[0]
    assert (first["status"], first["clientContext"]) == ("completed", "r")
    name = first["recordingLocation"].rpartition("/")[2]
    assert bot.world.media.recordings.read(name, "guessed") == 401
    sound = bot.world.media.recordings.read(name, first["recordingAccessToken"])
    assert isinstance(sound, bytes)
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        seconds = file.getnframes() / 16_000
    assert 3 < seconds < 6  # two of speech, two of silence, and what was said before the beep
    assert bot.act(leg.call, "recordResponse", body).status == 200
    bot.run(25_000)
    assert bot.operations(leg.call)[1]["resultInfo"]["subcode"] == 8503
    assert "beep" in [r.what for r in bot.records("heard")]


def test_record_response_takes_one_prompt_and_its_limits() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    prompt = {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": "https://p/q"}}
    assert bot.act(leg.call, "recordResponse", {"prompts": [prompt] * 2}).status == 400
    assert bot.act(leg.call, "recordResponse", {"maxRecordDurationInSeconds": 121}).status == 400


def test_dtmf_is_sent_and_completed() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    body = {"tones": ["tone1", "pound"], "delayBetweenTonesMs": 100, "clientContext": "d"}
    assert bot.act(leg.call, "sendDtmfTones", body).body["status"] == "running"
    assert bot.act(leg.call, "sendDtmfTones", {"tones": ["eleven"]}).status == 400
    bot.run(1_000)
    assert bot.operations(leg.call)[0]["completionReason"] == "completedSuccessfully"


def test_muted_bot_is_not_heard() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    bot.play(leg.call, "https://p/a.wav")
    bot.run(100)
    assert leg.hears[0] == "prompt"
    bot.act(leg.call, "mute", {})
    assert leg.hears[0] == "silence"
    bot.act(leg.call, "unmute", {})
    assert leg.hears[0] == "prompt"


@pytest.mark.parametrize(
    ("switch", "lengths"), [("continues", [5_000]), ("repeated", [2_000, 5_000])]
)
def test_prompt_during_an_invite(switch: str, lengths: list[int]) -> None:
    bot = EmulatedBot(switches={"prompt_at_invite": switch}, prompt_duration=lambda _: 5_000)
    agent = bot.agent(ADA, Behaviour(do="ignore"))
    leg = bot.answered()
    bot.play(leg.call, "https://p/a.wav")
    bot.run(2_040)
    bot.invite(leg.call, agent)
    bot.run(8_000)
    total = sum(length for _, length in prompts_heard(bot))
    assert total == sum(lengths)


def test_transfer_stops_the_music_and_the_caller_hears_ringback() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(do="ignore"))
    leg = bot.answered()
    bot.play(leg.call, "https://p/music.wav")
    bot.run(1_000)
    bot.transfer(leg.call, agent)
    assert leg.hears[0] == "ringback"
    bot.run(100)
    assert bot.operations(leg.call)[0]["status"] == "failed"


def recorded(bot: EmulatedBot, **caller: object) -> tuple[str, str]:
    """A caller speaks for two seconds; where their recording is, and what opens it."""
    speech = Step(do="speak", on="answered", after_ms=1_500, ms=2_000)
    leg = bot.answered(steps=(speech, Step(do="hang_up", after_ms=20_000)))
    assert bot.act(leg.call, "recordResponse", {"playBeep": False}).status == 200
    bot.run(12_000)
    [told] = [op for op in bot.operations(leg.call) if op["status"] == "completed"]
    return told["recordingLocation"].rpartition("/")[2], told["recordingAccessToken"]


def test_a_recording_is_thrown_away_soon_after_its_call() -> None:
    bot = EmulatedBot()
    name, token = recorded(bot)
    bot.run(20_000)
    assert isinstance(bot.world.media.recordings.read(name, token), bytes)
    bot.run(60_000)
    assert bot.world.media.recordings.read(name, token) == 404


@pytest.mark.parametrize(("switch", "count"), [("told", 1), ("dropped", 0)])
def test_a_recording_whose_caller_hangs_up_is_told_or_dropped(switch: str, count: int) -> None:
    bot = EmulatedBot(switches={"recording_at_hang_up": switch})
    steps = (
        Step(do="speak", on="answered", after_ms=500, ms=60_000),
        Step(do="hang_up", after_ms=8_000),
    )
    leg = bot.answered(steps=steps)
    bot.act(leg.call, "recordResponse", {"playBeep": False, "maxRecordDurationInSeconds": 120})
    bot.run(10_000)
    assert len([op for op in bot.operations(leg.call) if op["status"] == "completed"]) == count
    assert bot.world.media.recordings.told == count


@pytest.mark.parametrize(
    ("switch", "status", "told"),
    [("accepted", "completed", []), ("notified", "notStarted", ["completed"])],
)
def test_the_recording_status_is_told_by_the_reply_or_later(
    switch: str, status: str, told: list[str]
) -> None:
    bot = EmulatedBot(switches={"recording_status": switch})
    leg = bot.answered()
    reply = bot.act(leg.call, "updateRecordingStatus", {"status": "recording"})
    assert (reply.status, reply.body["status"]) == (200, status)
    bot.run(100)
    assert [op["status"] for op in bot.operations(leg.call)] == told
