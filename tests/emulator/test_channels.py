"""Teams' channels as the emulator plays them: who may write and post there."""

import pytest
from kit.emulated_bot import EmulatedBot

from emulator.callers import WorldError
from emulator.config import channel_id
from emulator.log import ChatShown

ADA = "ada.agent@contoso.example"
SUPPORT = "Support Team"


def test_a_mention_in_a_channel_comes_from_a_thread_of_it() -> None:
    bot = EmulatedBot()
    bot.world.chat.install_in(SUPPORT, ADA)
    letter = bot.world.chat.letter(ADA, {"text": "<at>Switchboard</at> here"}, SUPPORT)
    place = letter.activity["conversation"]
    assert isinstance(place, dict)
    assert str(place["id"]).startswith(f"{channel_id(SUPPORT)};messageid=")
    assert place["conversationType"] == "channel"


def test_nobody_can_mention_the_app_where_it_is_not() -> None:
    bot = EmulatedBot()
    with pytest.raises(WorldError, match="not in the team"):
        bot.world.chat.letter(ADA, {"text": "here"}, SUPPORT)
    bot.world.chat.install_in(SUPPORT, ADA)
    bot.world.chat.remove_from(SUPPORT, ADA)
    with pytest.raises(WorldError, match="not in the team"):
        bot.world.chat.letter(ADA, {"text": "here"}, SUPPORT)


def test_adding_the_app_to_a_team_is_told_from_its_channel() -> None:
    bot = EmulatedBot()
    bot.world.chat.install_in(SUPPORT, ADA)
    [letter] = bot.world.chat.take()
    assert letter.activity["type"] == "conversationUpdate"
    place = letter.activity["conversation"]
    assert isinstance(place, dict)
    assert place["id"] == channel_id(SUPPORT)


def test_what_the_bot_posts_in_a_channel_is_shown_by_its_name() -> None:
    bot = EmulatedBot()
    channel = bot.world.chat.channel_in(channel_id(SUPPORT) + ";messageid=1")
    assert channel is not None
    assert not bot.world.chat.is_in_team(channel)
    bot.world.chat.install_in(SUPPORT, ADA)
    assert bot.world.chat.is_in_team(channel)
    bot.world.chat.post_in(channel, {"type": "message", "text": "hello"})
    [shown] = [r for r in bot.world.log if isinstance(r, ChatShown)]
    assert (shown.party, shown.words) == (SUPPORT, "hello")


def test_an_unknown_channel_is_an_error() -> None:
    with pytest.raises(WorldError, match="no channel"):
        EmulatedBot().world.chat.install_in("Nowhere", ADA)
