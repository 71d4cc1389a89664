"""Asks what only a tenant can tell, call by call, and prints a report to send back: `make hour`.

docs/unproven.md lists the questions; here they are in the order in which an hour of calls answers
them. Every answer is written down at once, so that the hour can be interrupted; names and numbers
have no place in it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.cli import installed_version  # noqa: E402 - the source tree, not an installed wheel
from emulator.switch_rows import SWITCHES, Switch  # noqa: E402

BY_NAME = {switch.name: switch for switch in SWITCHES}
NOT_SEEN = "not seen"
PERSONAL = re.compile(r"@|\d[\d\s().-]{5,}\d")
HOW = "a number, Enter for 'not seen', s to leave out this call, q to stop for now"


@dataclass(frozen=True, slots=True)
class Step:
    """One call, what it tells, and where that is seen."""

    call: str
    asks: tuple[str, ...]
    look: str


STEPS = (
    Step(
        "from Teams, answered, the agent accepts with key 1",
        (
            "established_order",
            "establishing",
            "transfer_accepted",
            "transfer_begins",
            "replaced_call_deleted",
            "presence_lag",
            "presence_vocabulary",
        ),
        "the contact's timeline (`GET /api/contacts/{id}`), the presence of both people",
    ),
    Step(
        "from the phone network, then with the number withheld",
        ("pstn_identity", "pstn_withheld", "replaces_pstn"),
        "the caller in the timeline; whether the transfer worked",
    ),
    Step(
        "a guest calls, and somebody of another organization",
        ("guest_identity",),
        "the caller in the timeline",
    ),
    Step(
        "the caller hangs up: in the greeting, in the queue, while the agent's phone rings",
        ("abandon_code", "invite_after_call", "invite_end_after_call", "ring_after_end"),
        "how the contact ended; when the agent's phone fell silent",
    ),
    Step(
        "the agent declines, lets it ring out, is in a call, is signed out everywhere",
        ("decline_code", "no_answer_code", "busy_code"),
        "the offers in the timeline: declined, no answer, busy, unreachable",
    ),
    Step(
        "the agent's voicemail answers after 20 s (`ring_seconds: 40`), by each delivery",
        ("voicemail_create", "voicemail_transfer", "voicemail_invite"),
        "whether the caller hears the voicemail, and the contact's outcome",
    ),
    Step(
        "the agent's Teams is ended by force during a transfer",
        ("agent_leg_after_7700",),
        "whether the agent's call lives on",
    ),
    Step(
        "a queue with `delivery: group_call`",
        ("roster", "invite_participant_id", "prompt_at_invite", "bot_leaves_group_call"),
        "the timeline; what both hear",
    ),
    Step(
        "in that queue: hold and resume, in the tab; a transfer to a colleague, then to a number",
        ("hold_music", "hold_again", "hold_operation"),
        "whether the caller hears music; the timeline",
    ),
    Step(
        "accept on a second device after the ring timed out, with and without `-AllowRemoval`",
        ("participant_removal",),
        "whether the late joiner is removed",
    ),
    Step(
        "overflow to a native queue's resource account, and to its number",
        ("account_target",),
        "whether the caller arrives",
    ),
    Step(
        "a prompt whose recording is gone",
        ("prompt_failure",),
        "how long the caller hears nothing",
    ),
    Step(
        "stop the app for 20 s while a call rings, and start it again",
        ("redelivery",),
        "whether the call is answered",
    ),
    Step(
        "a caller asks to be called back, and is, at a number of the phone network",
        ("pstn_outgoing",),
        "whether the phone rings, and the contact's timeline",
    ),
    Step(
        "a message with `SWITCHBOARD_KEEP_VOICEMAIL` on: kept; hung up in the middle; after an "
        "invitation",
        ("recording_status", "recording_at_hang_up", "record_in_meeting"),
        "the list of messages, and the contact's timeline",
    ),
    Step(
        "many calls at once",
        ("bundling",),
        "`switchboard_notifications_total` against the requests in the platform's log",
    ),
    Step(
        "a plan with an unknown person; then `User.Read.All` taken back",
        ("directory", "user_fields"),
        "`GET /api/findings`",
    ),
    Step(
        "`switchboard doctor`, once the account has its number",
        ("teams_accounts",),
        "the lines about resource accounts",
    ),
)
ON_THE_WIRE = (
    "call_id_case",
    "content_type",
    "issuer",
    "media_state",
    "operation_id",
    "reject_notice",
    "resource_url",
    "result_numbers",
    "subcode_key",
)
"""Only the letters of Graph's notifications tell: scripts/record_hour.py sees them."""
ON_THE_WIRE_NOTE = "on the wire"
NEVER_ASKED = ("invite_replaces", "presence_frozen")
"""We send no such invitation; and that is an outage."""


class Stopped(Exception):
    """Whoever answers wants to go on another time."""


@dataclass(slots=True)
class Book:
    """The answers so far, in a file that is whole at every instant."""

    file: Path
    answers: dict[str, dict[str, str]]

    def fresh(self) -> Book:
        """As the file is now: a recorder may write beside whoever answers."""
        self.answers = opened(self.file).answers
        return self

    def put(self, name: str, answer: str, note: str) -> None:
        self.fresh().answers[name] = {"answer": answer, "note": note}
        fresh = self.file.with_name(f"{self.file.name}.new")
        fresh.write_text(json.dumps(self.answers, indent=1, sort_keys=True) + "\n")
        os.replace(fresh, self.file)  # noqa: PTH105 - Path.replace says less


def opened(file: Path) -> Book:
    """The book in the file, or an empty one. Exits with what is wrong."""
    if not file.exists():
        return Book(file, {})
    try:
        told = json.loads(file.read_text())
        answers = {
            str(name): {"answer": str(each["answer"]), "note": str(each.get("note", ""))}
            for name, each in told.items()
        }
    except (ValueError, AttributeError, KeyError, TypeError):
        sys.exit(f"{file} is no file of answers: move it away, or name another with --answers.")
    for name, each in answers.items():
        if name not in BY_NAME or each["answer"] not in (*BY_NAME[name].values, NOT_SEEN):
            sys.exit(f"{file}: {name} = {each['answer']!r} is not known here: take the line out.")
    return Book(file, answers)


def ask_all(book: Book) -> None:
    """Every step whose questions are not all answered. Raises Stopped."""
    for number, step in enumerate(STEPS, start=1):
        open_ones = [name for name in step.asks if name not in book.fresh().answers]
        if not open_ones:
            continue
        print(f"\n{number} of {len(STEPS)}. Call: {step.call}.\n   Look at: {step.look}.")
        for name in open_ones:
            if not _ask(book, BY_NAME[name]):
                break


def _ask(book: Book, switch: Switch) -> bool:
    """One question; whether to go on with this call's others."""
    print(f"\n   {switch.question}")
    for number, value in enumerate(switch.values, start=1):
        print(f"     {number}  {value}{'  (what we think)' if value == switch.default else ''}")
    while True:
        said = _read(f"   {HOW}: ").lower()
        if said == "q":
            raise Stopped
        if said == "s":
            return False
        if said == "":
            book.put(switch.name, NOT_SEEN, "")
            return True
        if said.isdecimal() and 1 <= int(said) <= len(switch.values):
            book.put(switch.name, switch.values[int(said) - 1], _note())
            return True
        print(f"   {said!r} is none of them.")


def _note() -> str:
    while True:
        note = _read("   What did you see, in a few words (Enter: nothing to add): ")
        if not PERSONAL.search(note):
            return note.replace("|", "/")
        print("   No numbers and no addresses of people, please: the report is for others to read.")


def _read(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        raise Stopped from None


def report(book: Book, *, date: str, version: str) -> str:
    """What to send back, in Markdown."""
    told = {n: a for n, a in book.answers.items() if a["answer"] != NOT_SEEN}
    other = [n for n, a in told.items() if a["answer"] != BY_NAME[n].default]
    asked = [name for step in STEPS for name in step.asks] + list(ON_THE_WIRE)
    answered = f"{len(told)} of {len(asked)} questions answered"
    lines = [
        "# What a tenant told",
        "",
        f"{version}, {date}. {answered}, {len(other)} other than we think.",
        "",
        "| Question | Answer | We think | Seen |",
        "|---|---|---|---|",
    ]
    for name in asked:
        given = book.answers.get(name, {"answer": "not asked", "note": ""})
        mark = "**" if name in other else ""
        expected = BY_NAME[name].default
        row = (f"`{name}`", f"{mark}{given['answer']}{mark}", expected, given["note"])
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=Path, default=Path("tenant-hour.json"))
    parser.add_argument("--report", action="store_true", help="print the report and ask nothing")
    given = parser.parse_args(arguments)
    book = opened(given.answers)
    if not given.report:
        try:
            ask_all(book)
        except (Stopped, KeyboardInterrupt):
            print(f"\nKept in {given.answers}. Run this again to go on; --report prints it.")
            return 0
    print(report(book, date=time.strftime("%Y-%m-%d", time.gmtime()), version=installed_version()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
