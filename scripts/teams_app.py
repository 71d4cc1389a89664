"""Builds the Teams app package: `make teams-app APP_ID=... HOST=...` (docs/teams-app.md).

Takes `NAME=value` arguments as make does. Standard library only, so that whoever administers Teams
can run it with any Python from 3.8 and without our environment. The same input gives the same
bytes: what was reviewed is what is uploaded.
"""

from __future__ import annotations

import io
import json
import pathlib
import re
import sys
import zipfile
from typing import NoReturn

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "deploy" / "teams-app"
OUT = "dist/switchboard-teams-app.zip"
TEXTS = ("manifest.json", "ko.json")
ICONS = ("color.png", "outline.png")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest instant that a zip can hold: the files' own times would make every build differ."""

HOW = "make teams-app APP_ID=<application id of the bot> HOST=<public host name>"
KNOWN = {
    "APP_ID": "the bot's application (client) id, SWITCHBOARD_APP_ID of the service",
    "HOST": "the host of SWITCHBOARD_PUBLIC_URL, without scheme and path",
    "NAME": "what Teams calls the app",
    "DEVELOPER": "who stands behind it",
    "WEBSITE": "an https address about it",
    "PRIVACY": "the https address of your privacy statement",
    "TERMS": "the https address of your terms of use",
    "VERSION": "of the package; Teams takes an update only with a higher one",
    "OUT": "the file to write",
}
NEEDED = ("APP_ID", "HOST")
NAME_LENGTH = 30
DEVELOPER_LENGTH = 32
ADDRESS_LENGTH = 2048
HOST_LENGTH = 253

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
PLACE = re.compile(r"\$\{([A-Z_]+)\}")
NOT_PUBLIC = ("local", "localhost", "internal", "lan", "home", "localdomain")


class Wrong(Exception):
    """An argument cannot be used; the message is one sentence with the remedy."""


def refuse(why: str) -> NoReturn:
    raise Wrong(why)


def main(arguments: list[str]) -> str | None:
    try:
        given = read(arguments)
        values = checked(given)
        out = pathlib.Path(given.get("OUT", OUT))
        content = package(values)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(content)
    except Wrong as wrong:
        return f"No Teams app was built: {wrong}"
    except OSError as failure:
        return f"No Teams app was built: {failure.strerror}: {failure.filename}."
    print(f"{out}: {values['NAME']} {values['VERSION']} for {values['HOST']}")
    missing = [name for name in ("WEBSITE", "PRIVACY", "TERMS") if name not in given]
    if missing:
        print(
            f"{', '.join(missing)}: not given, so Teams links to addresses under https://"
            f"{values['HOST']}/ at which this service has no page. Name yours before people see it."
        )
    print("Next: upload it to Teams, docs/teams-app.md says how.")
    return None


def read(arguments: list[str]) -> dict[str, str]:
    """The arguments by name. Raises Wrong."""
    given = {}
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if name not in KNOWN or not sign:
            more = ", ".join(name for name in KNOWN if name not in NEEDED)
            refuse(f"{name} is not known here: say {HOW}, and add {more} as you like.")
        given[name] = value.strip()
        if not given[name]:
            refuse(f"{name} is empty: leave it out, or give it {KNOWN[name]}.")
    return given


def checked(given: dict[str, str]) -> dict[str, str]:
    """What stands in the package, defaults filled in. Raises Wrong."""
    for name in NEEDED:
        if name not in given:
            refuse(f"{name} is missing, {KNOWN[name]}: say {HOW}.")
    host = checked_host(given["HOST"])
    name = shorter(given.get("NAME", "Switchboard"), "NAME", NAME_LENGTH)
    return {
        "APP_ID": checked_id(given["APP_ID"]),
        "HOST": host,
        "NAME": name,
        "DEVELOPER": shorter(given.get("DEVELOPER", name), "DEVELOPER", DEVELOPER_LENGTH),
        "WEBSITE": checked_address(given.get("WEBSITE", f"https://{host}/"), "WEBSITE"),
        "PRIVACY": checked_address(given.get("PRIVACY", f"https://{host}/privacy"), "PRIVACY"),
        "TERMS": checked_address(given.get("TERMS", f"https://{host}/terms"), "TERMS"),
        "VERSION": checked_version(given.get("VERSION") or own_version()),
    }


def checked_id(text: str) -> str:
    guid = text.lower()
    if not GUID.fullmatch(guid):
        refuse(
            f"APP_ID is {text}, which is no GUID: take the application (client) id from the bot's"
            " registration in Entra, 32 hexadecimal digits in five groups."
        )
    if not guid.strip("0-"):
        refuse(
            "APP_ID is all zeros, an example's: take the application (client) id from the bot's"
            " registration in Entra."
        )
    return guid


def checked_host(text: str) -> str:
    host = text.lower().rstrip(".")
    bare = re.sub(r"^[a-z][a-z0-9+.-]*://", "", host)
    bare = re.split(r"[/?#]", bare, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    if host != bare and bare:
        refuse(
            f"HOST is {text}, more than a host name: leave out scheme, port and path, HOST={bare}."
        )
    labels = host.split(".")
    if len(host) > HOST_LENGTH or not all(LABEL.fullmatch(label) for label in labels):
        refuse(
            f"HOST is {text}, which is no host name: give it the one in SWITCHBOARD_PUBLIC_URL, in"
            " ASCII (xn--... for a name in another script), without wildcards."
        )
    if len(labels) == 1 or labels[-1].isdigit() or labels[-1] in NOT_PUBLIC:
        refuse(
            f"HOST is {text}, which Teams cannot reach: give it the public name under which"
            " Microsoft reaches the service, such as calls.example.com."
        )
    return host


def checked_address(text: str, name: str) -> str:
    if not re.fullmatch(r"https://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", text):
        refuse(f"{name} is {text}, which is no https address: begin it with https:// and a host.")
    return shorter(text, name, ADDRESS_LENGTH)


def checked_version(text: str) -> str:
    if not VERSION.fullmatch(text):
        refuse(
            f"the version {text} is not three numbers, which Teams asks for: add one such as"
            " VERSION=1.0.0."
        )
    return text


def own_version() -> str:
    """The product's, from pyproject.toml; read with a pattern because old Pythons lack tomllib."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        refuse("pyproject.toml names no version: add one here, such as VERSION=1.0.0.")
    return found.group(1)


def shorter(text: str, name: str, most: int) -> str:
    if len(text) > most:
        refuse(f"{name} has {len(text)} characters and Teams takes {most}: shorten it.")
    if not text.isprintable():
        refuse(f"{name} holds a character that cannot be printed: write it anew.")
    return text


def package(values: dict[str, str]) -> bytes:
    """The zip's bytes."""
    content = {icon: (SOURCE / icon).read_bytes() for icon in ICONS}
    for name in TEXTS:
        template = json.loads((SOURCE / name).read_text(encoding="utf-8"))
        text = json.dumps(filled(template, values), ensure_ascii=False, indent=2)
        content[name] = (text + "\n").encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(content):
            # Stored, not deflated: compressors of different versions give different bytes.
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name])
    return packed.getvalue()


def filled(template: object, values: dict[str, str]) -> object:
    """The template with every ${NAME} in its texts filled in, whatever the value holds."""
    if isinstance(template, str):
        return PLACE.sub(lambda place: values[place.group(1)], template)
    if isinstance(template, list):
        return [filled(item, values) for item in template]
    if isinstance(template, dict):
        return {key: filled(item, values) for key, item in template.items()}
    return template


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
