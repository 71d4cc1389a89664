"""Who a calling colleague is, by the directory of the tenant."""

from __future__ import annotations

from bot.outside.web import NotAnswered, Why
from graph.errors import GraphError, Refused
from graph.profiles import Profiles
from routing.commands import AskContext
from routing.context_state import Told

FORBIDDEN, NOT_FOUND = 403, 404
FIELDS = ("name", "job_title", "department", "office")
"""In this order; their words are the card's and the tab's."""


class FromDirectory:
    """Asks Graph."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles

    async def ask(self, question: AskContext, within_ms: int) -> Told:
        """The caller's profile. Raises NotAnswered."""
        del within_ms
        provider, deadline = question.provider, question.deadline
        try:
            profile = await self._profiles.read(
                question.caller.id, manager=provider.manager, deadline_ms=deadline
            )
        except Refused as error:
            if error.status == NOT_FOUND:
                return Told()
            why = Why.NOT_PERMITTED if error.status == FORBIDDEN else Why.STATUS
            raise NotAnswered(why, str(error.status)) from error
        except GraphError as error:
            raise NotAnswered(Why.UNREACHABLE, type(error).__name__) from error
        known = {name: getattr(profile, name) for name in FIELDS}
        return Told(
            fields={name: value for name, value in known.items() if value},
            manager=profile.manager,
            photo=provider.photo,
        )
