"""The channel and the endpoint, one pair for each test."""

from collections.abc import AsyncIterator

import pytest
from kit.chat_bot import Bot, running_bot
from kit.chat_channel import Channel, running_channel


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    async with running_channel() as running:
        yield running


@pytest.fixture
async def bot(channel: Channel) -> AsyncIterator[Bot]:
    async with running_bot(channel) as running:
        yield running
