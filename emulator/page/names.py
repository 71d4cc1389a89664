"""Names where ids stand: nothing on the page shows an id of the directory or of a call."""

from __future__ import annotations

import re
from collections.abc import Mapping

from emulator.config import Config
from emulator.tally import Story, short

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
BARE_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
CLIP = re.compile(r"[0-9a-f]{64}(?=\.wav)")
CALLS = re.compile(r"(?<= calls )[\w.-]+$")
SHORT = re.compile(r"[\w-]+(?:\.[\w-]+)+")
UPN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.\w+")
HIDDEN = {"withheld": "Number withheld", "encrypted": "Identity hidden"}


class Names:
    """How people and things of this directory are called on the page."""

    def __init__(self, config: Config) -> None:
        self._by_id = _ids(config)
        self._by_upn = {person.upn.lower(): person.name for person in config.people}
        self._by_short = {short(person.upn).lower(): person.name for person in config.people}
        self._accounts = {short(each.upn).lower(): each.name for each in config.accounts}
        self._by_upn |= {account.upn.lower(): account.name for account in config.accounts}

    def person(self, name: str) -> str:
        """The display name of a UPN; numbers and strangers as they are, without a domain."""
        return self._by_upn.get(name.lower()) or short(name)

    def caller(self, story: Story) -> str:
        return HIDDEN.get(story.kind) or self.person(story.caller)

    def sentence(self, text: str) -> str:
        """The text with display names where UPNs stood."""
        return UPN.sub(lambda found: self.person(found[0]), text)

    def news(self, text: str) -> str:
        """An event's words with display names where the short forms of UPNs stood."""
        named = CALLS.sub(lambda found: self._accounts.get(found[0].lower(), found[0]), text)
        named = SHORT.sub(lambda found: self._by_short.get(found[0].lower(), found[0]), named)
        return named[:1].upper() + named[1:]

    def scrub(self, value: object, calls: Mapping[str, str]) -> object:
        """The value without ids; `calls` names those of this story's calls."""
        if isinstance(value, str):
            return self._scrub(value, calls)
        if isinstance(value, dict):
            return {str(key): self.scrub(each, calls) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.scrub(each, calls) for each in value]
        return value

    def _scrub(self, text: str, calls: Mapping[str, str]) -> str:
        def named(found: re.Match[str]) -> str:
            key = found[0].lower()
            return f"<{calls.get(key) or self._by_id.get(key, 'id')}>"

        without = BARE_ID.sub("<id>", GUID.sub(named, text))
        return CLIP.sub(lambda found: found[0][:6], without)


def _ids(config: Config) -> dict[str, str]:
    """Every id of the directory, and whose it is."""
    names = {person.tenant_id.lower(): "partner tenant" for person in config.people}
    names[config.tenant_id.lower()] = "tenant"
    names |= {each.id.lower(): each.name for each in config.applications}
    names |= {person.id.lower(): person.upn for person in config.people}
    names |= {account.id.lower(): account.upn for account in config.accounts}
    return names | {group.id.lower(): group.mail for group in config.groups}
