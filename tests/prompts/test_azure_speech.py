"""Azure Speech over real HTTP: what is sent, what is tried again, what each refusal says."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kit.sounds import decoded

from bot.prompts.errors import NoVoice, SpeechFailed
from bot.prompts.espeak import EspeakSpeech
from bot.prompts.speech import AzureSettings, AzureSpeech, Silent, Token, ssml
from bot.prompts.voices import VoiceSettings, choose_voice, voice_warning
from bot.prompts.wav import samples_of

SAMPLES = b"\x10\x00\x20\x00" * 400


@dataclass(slots=True)
class Azure:
    """The stand-in: answers from a list, then with audio, and notes what it was asked."""

    answers: list[web.Response | str] = field(default_factory=list[web.Response | str])
    asked: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )
    url: str = ""

    async def speak(self, request: web.Request) -> web.Response:
        self.asked.append((dict(request.headers), await request.read()))
        answer = self.answers.pop(0) if self.answers else web.Response(body=SAMPLES)
        if isinstance(answer, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return answer


@pytest.fixture
async def azure() -> AsyncIterator[Azure]:
    stand_in = Azure()
    app = web.Application()
    app.router.add_post("/cognitiveservices/v1", stand_in.speak)
    server = TestServer(app)
    await server.start_server()
    stand_in.url = str(server.make_url("/"))
    yield stand_in
    await server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


def speech(
    azure: Azure,
    session: aiohttp.ClientSession,
    *,
    token: Token | None = None,
    key: str = "k3y",
    resource_id: str = "",
) -> AzureSpeech:
    settings = AzureSettings(endpoint=azure.url, key=key, resource_id=resource_id)
    return AzureSpeech(settings, session, token=token, waits_s=(0.0, 0.0), request_s=2.0)


async def entra() -> str:
    return "t0ken"


async def test_it_asks_for_what_graph_plays(azure: Azure, session: aiohttp.ClientSession) -> None:
    wav = await speech(azure, session).render("Hello", "en-US", None)

    headers, body = azure.asked[0]
    assert samples_of(wav) == (SAMPLES, 16_000)
    assert decoded(wav).any()
    assert headers["X-Microsoft-OutputFormat"] == "raw-16khz-16bit-mono-pcm"
    assert headers["Content-Type"].startswith("application/ssml+xml")
    assert headers["Ocp-Apim-Subscription-Key"] == "k3y"
    assert "Authorization" not in headers
    assert b"en-US" in body


@pytest.mark.parametrize(
    ("resource_id", "expected"),
    [("", "Bearer t0ken"), ("/subscriptions/s/a", "Bearer aad#/subscriptions/s/a#t0ken")],
)
async def test_an_entra_token_names_its_resource(
    azure: Azure, session: aiohttp.ClientSession, resource_id: str, expected: str
) -> None:
    one = speech(azure, session, token=entra, key="", resource_id=resource_id)

    await one.render("Hello", "en", None)

    headers, _ = azure.asked[0]
    assert headers["Authorization"] == expected
    assert "Ocp-Apim-Subscription-Key" not in headers


@pytest.mark.parametrize(
    "text",
    [
        'Tom & "Jerry" <break time="10s"/> </voice>',
        "]]> <!-- --> &amp;",
        "고객님은 <b>세 번째</b>",
        "bell \a and nul \0",
    ],
)
async def test_text_is_never_markup(
    azure: Azure, session: aiohttp.ClientSession, text: str
) -> None:
    await speech(azure, session).render(text, "ko", None)

    speak = ET.fromstring(azure.asked[0][1])  # noqa: S314 what we wrote ourselves
    (voice,) = speak
    assert list(voice) == []
    assert voice.text == "".join(sign for sign in text if sign not in "\a\0")


@pytest.mark.parametrize(
    ("language", "voice", "locale", "name"),
    [
        ("en", None, "en-US", "en-US-AvaMultilingualNeural"),
        ("en-GB", "en-GB-SoniaNeural", "en-GB", "en-GB-SoniaNeural"),
        ("ko", None, "ko-KR", "ko-KR-SunHiNeural"),
        ("de-DE", 'x" y', "de-DE", 'x" y'),
    ],
)
def test_the_voice_and_language_are_named(
    language: str, voice: str | None, locale: str, name: str
) -> None:
    speak = ET.fromstring(ssml("Hi", language, voice))  # noqa: S314 what we wrote ourselves

    assert speak.get("{http://www.w3.org/XML/1998/namespace}lang") == locale
    assert speak[0].get("name") == name


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=429, headers={"Retry-After": "0"}),
        web.Response(status=500),
        web.Response(status=503),
        "reset",
    ],
    ids=["429", "500", "503", "reset"],
)
async def test_a_passing_failure_is_tried_again(
    azure: Azure, session: aiohttp.ClientSession, answer: web.Response | str
) -> None:
    azure.answers = [answer]

    assert await speech(azure, session).render("Hello", "en", None)
    assert len(azure.asked) == 2


async def test_a_lasting_failure_ends_after_three_tries(
    azure: Azure, session: aiohttp.ClientSession
) -> None:
    azure.answers = [web.Response(status=503) for _ in range(5)]

    with pytest.raises(SpeechFailed, match=r"Azure Speech answered 503 .*, also when asked again"):
        await speech(azure, session).render("Hello", "en", None)
    assert len(azure.asked) == 3


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (400, SpeechFailed, "check the voice's name and the text"),
        (404, SpeechFailed, "check the voice's name and the text"),
        (401, NoVoice, "check its key, region and role assignment"),
        (403, NoVoice, "check its key, region and role assignment"),
    ],
)
async def test_a_refusal_is_not_repeated_and_says_what_to_check(
    azure: Azure,
    session: aiohttp.ClientSession,
    status: int,
    kind: type[Exception],
    advice: str,
) -> None:
    azure.answers = [web.Response(status=status)]

    with pytest.raises(kind, match=f"answered {status} .*: {advice}"):
        await speech(azure, session).render("Hello", "en", None)
    assert len(azure.asked) == 1


@pytest.mark.parametrize("body", [b"", b"\1"])
async def test_an_answer_without_audio_is_a_failure(
    azure: Azure, session: aiohttp.ClientSession, body: bytes
) -> None:
    azure.answers = [web.Response(body=body)]

    with pytest.raises(SpeechFailed, match="sent no audio"):
        await speech(azure, session).render("Hello", "en", None)


async def test_a_server_that_is_not_there_is_a_failure(session: aiohttp.ClientSession) -> None:
    settings = AzureSettings(endpoint="http://127.0.0.1:9", key="k")
    one = AzureSpeech(settings, session, waits_s=(0.0,))

    with pytest.raises(SpeechFailed, match="did not answer"):
        await one.render("Hello", "en", None)


async def test_a_language_without_a_default_voice_needs_one(
    azure: Azure, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(SpeechFailed, match="has no default voice for 'de-DE'; name one"):
        await speech(azure, session).render("Hallo", "de-DE", None)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (
            AzureSettings(region="westeurope", key="k"),
            "https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1",
        ),
        (
            AzureSettings(endpoint="https://contoso.cognitiveservices.azure.com/", key="k"),
            "https://contoso.cognitiveservices.azure.com/tts/cognitiveservices/v1",
        ),
        (
            AzureSettings(endpoint="https://eastus.tts.speech.azure.us", key="k"),
            "https://eastus.tts.speech.azure.us/cognitiveservices/v1",
        ),
    ],
)
async def test_region_and_custom_domain_have_their_own_addresses(
    session: aiohttp.ClientSession, settings: AzureSettings, url: str
) -> None:
    assert AzureSpeech(settings, session)._url == url


async def test_half_a_configuration_is_refused_in_words(session: aiohttp.ClientSession) -> None:
    with pytest.raises(NoVoice, match="needs SWITCHBOARD_SPEECH_KEY"):
        AzureSpeech(AzureSettings(region="westeurope"), session)
    for region in ("", "west europe", "evil.example/"):
        with pytest.raises(NoVoice, match="needs SWITCHBOARD_SPEECH_REGION"):
            AzureSpeech(AzureSettings(region=region, key="k"), session)


def test_the_key_is_not_printed() -> None:
    assert "s3cret" not in repr(AzureSettings(region="westeurope", key="s3cret"))


async def test_the_voice_follows_the_settings(session: aiohttp.ClientSession) -> None:
    azure = AzureSettings(region="westeurope", key="k")

    assert isinstance(choose_voice(VoiceSettings(azure=azure), session), AzureSpeech)
    assert isinstance(choose_voice(VoiceSettings(), session), EspeakSpeech)
    half = VoiceSettings(azure=AzureSettings(region="westeurope"))
    assert isinstance(choose_voice(half, session), EspeakSpeech)
    assert isinstance(choose_voice(half, session, token=entra), AzureSpeech)
    assert isinstance(
        choose_voice(VoiceSettings(voice="laptop", azure=azure), session), EspeakSpeech
    )
    assert isinstance(choose_voice(VoiceSettings(voice="none", azure=azure), session), Silent)
    with pytest.raises(NoVoice, match="needs SWITCHBOARD_SPEECH_KEY"):
        choose_voice(VoiceSettings(voice="azure"), session)


async def test_a_robot_or_no_voice_on_a_real_tenant_is_warned_of(
    session: aiohttp.ClientSession,
) -> None:
    real = VoiceSettings()
    azure = AzureSpeech(AzureSettings(region="westeurope", key="k"), session)

    assert "eSpeak NG" in (voice_warning(real, EspeakSpeech()) or "")
    assert "hear tones" in (voice_warning(real, Silent()) or "")
    assert voice_warning(real, azure) is None
    for host in ("127.0.0.1:9000", "localhost:9000", "[::1]:9000"):
        local = VoiceSettings(graph_url=f"http://{host}/v1.0")
        assert voice_warning(local, EspeakSpeech()) is None
