"""What came out of the scenes that were played, beside what had to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.audit import Audit
from emulator.audit_contact import Contact
from emulator.scene_book import Act, Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one caller's story is the one that was to come out."""

    act: Act
    label: str
    contact: Contact | None
    wrong: str
    """empty: as expected"""


def verdicts(acts: Iterable[Act], audit: Audit, switches: Mapping[str, str]) -> list[Verdict]:
    """One for each caller of these acts."""
    contacts = {contact.label: contact for contact in audit.contacts}
    return [
        Verdict(
            act=act,
            label=label,
            contact=contacts.get(label),
            wrong=_wrong(contacts.get(label), expected)
            or _wrong_cards(audit, expected)
            or _wrong_context(audit, expected)
            or _wrong_dials(audit, expected)
            or _wrong_acts(audit, expected),
        )
        for act in acts
        for label, expected in zip(act.labels(), act.expectations(switches), strict=True)
    ]


def _wrong(contact: Contact | None, expected: Expected) -> str:
    if contact is None:
        return "never called"
    if contact.outcome not in expected.outcomes:
        return f"{contact.outcome}, not {' or '.join(expected.outcomes)}"
    if expected.agent and contact.connected_to != expected.agent:
        return f"talked with {contact.connected_to}, not {expected.agent}"
    if expected.then and contact.last_connected_to != expected.then:
        return f"talked with {contact.last_connected_to} last, not {expected.then}"
    if expected.stage and contact.stage != expected.stage:
        return f"ended in {contact.stage}, not {expected.stage}"
    if expected.dials is not None and tuple(contact.dials) != expected.dials:
        return f"called back: {contact.dials or 'never'}, not {list(expected.dials)}"
    return ""


def _wrong_dials(audit: Audit, expected: Expected) -> str:
    for number, endings in expected.dialed.items():
        if tuple(audit.dials.get(number, ())) != endings:
            return f"{number} was called: {audit.dials.get(number, 'never')}, not {list(endings)}"
    return ""


def _wrong_acts(audit: Audit, expected: Expected) -> str:
    for upn, wanted in expected.acts.items():
        said = tuple(each.said for each in audit.acts if each.party == upn)
        if said != wanted:
            return f"the tab said {list(said)} to {upn}, not {list(wanted)}"
    return ""


def _wrong_cards(audit: Audit, expected: Expected) -> str:
    for upn, face in expected.cards.items():
        shown = audit.cards.last_face(upn)
        if shown != face:
            who = upn.partition(".")[0]
            return f"{who}'s card shows {shown or 'nothing'}, not {face or 'nothing'}"
    return ""


def _wrong_context(audit: Audit, expected: Expected) -> str:
    for upn, words in expected.context.items():
        # Rung once more after a link that failed, they may know more by then.
        if not any(_says(text, words) for text in audit.cards.at_rings.get(upn, ())):
            return f"{upn.partition('.')[0]}'s card did not say {' and '.join(words)} in time"
    for upn, words in expected.context_later.items():
        if not any(_says(text, words) for text in audit.cards.said.get(upn, ())):
            return f"{upn.partition('.')[0]}'s card never said {' and '.join(words)}"
    return ""


def _says(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def context_in_time(
    acts: Iterable[Act], audit: Audit, switches: Mapping[str, str]
) -> tuple[int, int]:
    """In how many offers the card said all that it had to before the phone rang; and of how many:
    the last offer to each agent of whom a scene says what their card has to say."""
    wanted = [
        (upn, words)
        for act in acts
        for expected in act.expectations(switches)
        for upn, words in expected.context.items()
    ]
    rings = [(audit.cards.at_rings.get(upn, [""])[-1], words) for upn, words in wanted]
    return sum(_says(text, words) for text, words in rings), len(rings)
