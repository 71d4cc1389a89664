"""The chat in a real client of Microsoft's: installed, spoken to, cards pressed and replaced."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from kit.chat_channel import words_of
from kit.signing_channel import SigningChannel
from kit.teams_client import WITHIN_S, Shown, TeamsClient, teams_client
from kit.waiting import until
from kit.whole_service import WholeService, whole_service

from bot.identities import credentials
from bot.teams.botframework import BotFramework
from bot.teams.connector_token import ConnectorToken
from bot.teams.conversation import Card, ConversationRef
from bot.teams.service_urls import ServiceUrls
from emulator.log import Heard
from emulator.scripts import Behaviour, CallerScript
from routing.state import Agent

ADA = "ada.agent@contoso.example"
PLAN = f"""
tenant: contoso.example
default_entry_point: main
sign_in: manual
entry_points:
  main:
    queue: support
queues:
  support:
    title: Support
    members: [{ADA}]
"""
CARD_TYPE = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
NO_CARDS = "This card is not in use any more. Write help to see what I understand."


pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("teams client"),  # one service and one client, one worker
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WholeService]:
    folder = tmp_path_factory.mktemp("service")
    with pytest.MonkeyPatch.context() as patch:
        async with whole_service(PLAN, folder, patch) as running:
            await running.hired()
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    service: WholeService, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TeamsClient]:
    folder = tmp_path_factory.mktemp("client")
    async with (
        SigningChannel(service.emulator, service.url).serving() as channel,
        teams_client(channel, ADA, folder) as running,
    ):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def ada(client: TeamsClient) -> TeamsClient:
    """Ada at the client, not ready, without the app, before an empty screen."""
    client.channel.signs = True
    await client.say("not ready")
    await client.send("uninstall")
    await client.next()
    client.forget()
    return client


def agent(service: WholeService) -> Agent:
    state = service.app.board.loop.state()
    assert state is not None
    (only,) = state.agents.values()
    return only


async def reached(service: WholeService) -> bool:
    """Whether those who decide know that cards reach her: they look every second."""
    return agent(service).chat


async def conversation(service: WholeService) -> str | None:
    """What is kept of the chat with Ada."""
    store, tenant = service.app.outside.store, service.app.board.loop.tenant
    return await store.conversations.find(tenant, agent(service).id)


def gateway(service: WholeService) -> BotFramework:
    """The service's way out, made of its own parts: a token of its credential to trusted hosts."""
    outside = service.app.outside
    token = ConnectorToken(credentials(outside.settings), outside.clock.now, spawn=outside.spawn)
    urls = ServiceUrls(outside.settings.bot_openid_url)
    return BotFramework(http=outside.http, token=token, urls=urls)


def card(text: str, *actions: dict[str, object]) -> Card:
    body = [{"type": "TextBlock", "text": text}]
    content = {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": [*actions]}
    return Card(content=content, summary=text)  # type: ignore[arg-type]  # JSON all through


async def test_who_adds_the_app_is_welcomed_once_and_can_be_written_to(
    service: WholeService, ada: TeamsClient
) -> None:
    await ada.install()
    assert (await ada.next()).said.startswith("I bring you the calls of your queues.\nYou can say:")
    await ada.say("help")
    assert (await ada.next()).said.startswith("You can say:"), "nothing stood between the two"
    kinds = sorted(passed.kind for passed in ada.channel.to_service)
    assert kinds == ["conversationUpdate", "installationUpdate", "message"]
    assert await conversation(service)


async def test_who_removes_the_app_is_forgotten(service: WholeService, ada: TeamsClient) -> None:
    await ada.say("help")
    await ada.next()
    assert await conversation(service)
    assert (await ada.send("uninstall")).status == 201
    assert await conversation(service) is None


async def test_an_agent_steers_herself_by_typing(service: WholeService, ada: TeamsClient) -> None:
    await ada.say("status")
    assert (await ada.next()).said.startswith("You are not ready.")
    await ada.say("준비")
    assert (await ada.next()).said.startswith("준비 상태입니다.")
    assert agent(service).ready
    await ada.say("not ready lunch")
    assert (await ada.next()).said.startswith("You are not ready: lunch.")
    assert (agent(service).ready, agent(service).not_ready_reason) == (False, "lunch")
    await ada.say("ready")
    assert (await ada.next()).said.startswith("You are ready.")
    assert agent(service).ready
    assert [passed.status for passed in ada.channel.to_service] == [201] * 4


async def test_a_mention_in_a_channel_is_answered_under_its_post(
    service: WholeService, ada: TeamsClient
) -> None:
    await ada.mention("ready")
    shown = await ada.next()
    assert shown.said.startswith("You are ready.")
    assert shown.conversation.startswith(f"{ada.team};messageid=")
    assert agent(service).ready
    assert await conversation(service) is None, "a channel is no way to reach one person"


async def test_a_card_is_shown_pressed_and_replaced(
    service: WholeService, ada: TeamsClient
) -> None:
    await ada.install()
    await ada.next()
    ref = ConversationRef.from_json(await conversation(service) or "")
    take = {"type": "Action.Execute", "title": "Take it", "verb": "take", "data": {"call": "7"}}
    chat = gateway(service)
    message = await chat.send_card(ref, card("Somebody rings", take))
    shown = await ada.next()
    assert shown.id == message
    assert shown.cards[0]["body"][0]["text"] == "Somebody rings"

    answer = await ada.press(shown, "take", note="mine")
    assert answer == {"type": MESSAGE, "value": NO_CARDS}
    pressed = ada.channel.to_service[-1]
    assert pressed.status == 200
    assert pressed.activity["value"]["action"]["data"] == {"call": "7", "note": "mine"}
    assert pressed.activity["from"]["aadObjectId"] == agent(service).id

    await chat.update_card(ref, message, card("Ben took it"))
    replaced = await ada.updated(shown)
    assert replaced.cards[0]["body"][0]["text"] == "Ben took it"
    assert "actions" not in replaced.cards[0] or replaced.cards[0]["actions"] == []


@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
async def test_what_is_no_button_of_ours_is_refused_in_words_and_never_fails(
    ada: TeamsClient, language: str
) -> None:
    asked = {"type": "invoke", "value": {"action": {"verb": "nobody's"}}, "locale": language}
    said = NO_CARDS if language == "en-US" else "이 카드는 더 이상 사용되지 않습니다."
    execute = await ada.send(**asked, name="adaptiveCard/action")
    assert (execute.status, execute.answer["type"]) == (200, MESSAGE)
    assert execute.answer["value"].startswith(said)
    dialog = await ada.send(**asked, name="task/fetch")
    assert (dialog.status, dialog.answer["task"]["type"]) == (200, "message")
    assert dialog.answer["task"]["value"].startswith(said)
    for name in ("composeExtension/query", "message/submitAction", "signin/verifyState", "no/such"):
        assert (await ada.send(**asked, name=name)).status < 500, name


async def test_what_nobody_signed_is_refused(service: WholeService, ada: TeamsClient) -> None:
    ada.channel.signs = False
    assert (await ada.send(type="message", text="ready")).status == 401
    assert not agent(service).ready
    ada.channel.signs = True
    await ada.say("status")
    assert (await ada.next()).said.startswith("You are not ready"), "nothing was shown before"


async def test_an_answer_goes_out_with_a_token_that_holds(
    service: WholeService, ada: TeamsClient
) -> None:
    await ada.say("status")
    await ada.next()
    service.emulator.shell.identity.revoke()
    await ada.say("status")
    await ada.next()
    assert [passed.status for passed in ada.channel.to_client] == [201, 401, 201]


async def until_said(ada: TeamsClient, shown: Shown, start: str) -> Shown:
    """The message once it begins with these words."""

    async def said() -> bool:
        return ada.screen[shown.id].said.startswith(start)

    await until(said, within_s=WITHIN_S)
    return ada.screen[shown.id]


async def test_a_call_is_taken_on_its_card(service: WholeService, ada: TeamsClient) -> None:
    await ada.install()
    await ada.next()
    await ada.say("ready")
    await ada.next()
    shell = service.emulator.shell
    await until(lambda: reached(service), within_s=WITHIN_S)
    # Accepted before the phone is picked up: a client that is slow to start has time to.
    shell.world.script_agent(ADA, (Behaviour(after_ms=5_000),))
    app = service.app.outside.settings.app_id
    caller = CallerScript(to=f"bot:{app}", who="+14255550123", talk_ms=500)
    shell.world.place_call(caller, shell.now())
    shell.pump()

    while "+14255550123" not in (offered := await ada.next()).said:
        pass
    assert offered.said.startswith("A caller for you."), offered
    assert "Support" in offered.said
    on_her_phone = replace(offered)
    answer = await ada.press(offered, "accept")
    assert answer["type"] == CARD_TYPE
    assert "\n".join(words_of(answer["value"])).startswith("You accepted.")
    await until_said(ada, offered, "You are connected with this caller.")
    assert not [r for r in shell.world.log if isinstance(r, Heard) and r.what == "whisper"]
    late = await ada.press(on_her_phone, "decline")
    assert late["type"] == CARD_TYPE
    assert "connected" in "\n".join(words_of(late["value"]))
