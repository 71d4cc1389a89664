"""What one setting may hold: GUIDs, addresses, the address of a database."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Annotated, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, SecretStr

SECRET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,47}")
SHORTEST_SECRET = 16
SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse(message: str) -> NoReturn:
    """Pydantic makes the field's error of it."""
    raise ValueError(message) from None


def _guid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        refuse(f"{value!r} is not a GUID such as 00000000-0000-0000-0000-000000000000")


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        refuse(f"{value!r} is not an address: {error}")
    if parts.username or parts.password:
        refuse("an address with a user or password in it is refused")
    if parts.scheme not in ("https", "http") or not host:
        refuse(f"{value!r} is not an address such as https://example.com")
    if parts.scheme == "http" and not is_loopback(host):
        refuse(f"plain http is only for this machine; write https:// before {host}")
    if parts.query or parts.fragment:
        refuse("an address here has no ? and no #")
    return value.rstrip("/")


def _database(value: SecretStr) -> SecretStr:
    # The value may hold a password, so no message quotes it.
    url = value.get_secret_value()
    if url.startswith(SQLITE):
        if not url.removeprefix(SQLITE):
            refuse("sqlite:/// needs a file name after it")
        return value
    if not url.startswith(POSTGRES):
        refuse("an address such as sqlite:///./switchboard.db or postgresql://... is expected")
    try:
        _ = urlsplit(url).port
    except ValueError:
        refuse("the port in this address is not a number")
    return value


def named_secrets(value: str) -> dict[str, str]:
    """Names and secrets in a JSON object. No message quotes anything of it."""
    try:
        tree = json.loads(value)
    except ValueError:
        tree = None
    if not isinstance(tree, dict):
        refuse('SECRETS is not a JSON object such as {"name": "secret"}')
    for name, secret in tree.items():
        if not SECRET_NAME.fullmatch(name):
            refuse("SECRETS: a name is up to 48 letters, digits, ., - or _, a letter first")
        if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
            refuse(f"SECRETS: {name} is shorter than {SHORTEST_SECRET} characters: make it longer")
    return tree


Guid = Annotated[str, AfterValidator(_guid)]
Url = Annotated[str, AfterValidator(_url)]
Database = Annotated[SecretStr, AfterValidator(_database)]
