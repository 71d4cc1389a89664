"""Who calls: the identity behind a script's kind and name."""

from __future__ import annotations

from emulator.exchange import Exchange
from emulator.ringing import Directory
from emulator.scripts import CallerScript
from emulator.shapes import Identity


class WorldError(ValueError):
    """Somebody asked for something impossible: no such phone, agent or account."""


class Callers:
    def __init__(self, exchange: Exchange, directory: Directory) -> None:
        self._x = exchange
        self._directory = directory
        self._strangers = 0

    def who_calls(self, script: CallerScript) -> tuple[Identity, str]:
        if script.kind in ("user", "guest", "federated"):
            return self._person_calls(script)
        self._strangers += 1
        number = script.who or f"+1425555{self._strangers % 10_000:04d}"
        if script.kind == "pstn":
            return Identity(kind="phone", id=number), number
        party = f"{script.kind}-{self._strangers}"
        return Identity(kind=script.kind, id=self._x.new_id()), party

    def _person_calls(self, script: CallerScript) -> tuple[Identity, str]:
        wanted = "member" if script.kind == "user" else script.kind
        if script.who:
            person = self._directory.person(script.who)
        else:
            found = [p for p in self._x.config.people if p.kind == wanted and p.enabled]
            person = found[-1] if found else None
        if person is None:
            raise WorldError(f"nobody ({script.kind}) is called {script.who!r}")
        return (
            Identity(kind=script.kind, id=person.id, name=person.name, tenant_id=person.tenant_id),
            person.upn,
        )

    def named(self, name: str) -> Identity | None:
        if not name:
            return None
        person = self._directory.person(name)
        if person is not None:
            return Identity(kind="user", id=person.id, name=person.name, tenant_id=person.tenant_id)
        account = self._directory.account(name)
        if account is not None:
            return Identity(kind="applicationInstance", id=account.id, name=account.name)
        return Identity(kind="phone", id=name)
