"""The bot's token for the channel's connector, from the same place as the tokens for Graph."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from bot.teams.botframework import SCOPE
from bot.teams.conversation import ChatFailed
from graph.errors import TokenFailed
from graph.tokens import Credential, Tokens


class ConnectorToken:
    """A `ChatToken` for every application of the service."""

    def __init__(
        self,
        credentials: Iterable[Credential],
        clock_ms: Callable[[], int],
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """`credentials` are those for Graph; they are asked for the connector's scope here."""
        ours = [replace(credential, scope=SCOPE) for credential in credentials]
        self._tokens = Tokens(ours, clock_ms, spawn=spawn)

    async def __call__(self, app: str, *, refused: str = "") -> str:
        """A token of the application's home tenant that is good now. Raises ChatFailed."""
        if refused:
            self._tokens.invalidate(refused)
        try:
            return await self._tokens.token(app, "")
        except TokenFailed as error:
            msg = f"no token for the connector: {error.message}"
            raise ChatFailed(msg) from error
