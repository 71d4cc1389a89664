"""The bot's token for the channel's connector, from the same place as the tokens for Graph."""

from __future__ import annotations

from bot.teams.conversation import ChatFailed
from graph.errors import TokenFailed
from graph.tokens import Tokens


class ConnectorToken:
    """A `ChatToken` over `Tokens` whose credentials ask for the connector's scope."""

    def __init__(self, tokens: Tokens, *, app_id: str, tenant_id: str) -> None:
        self._tokens = tokens
        self._app_id = app_id
        self._tenant_id = tenant_id

    async def __call__(self, *, refused: str = "") -> str:
        """A token that is good now. Raises ChatFailed."""
        if refused:
            self._tokens.invalidate(refused)
        try:
            return await self._tokens.token(self._app_id, self._tenant_id)
        except TokenFailed as error:
            msg = f"no token for the connector: {error.message}"
            raise ChatFailed(msg) from error
