"""Tokens and permissions: can one be had, whose is it, and what may it do?"""

from __future__ import annotations

from bot.doctor.features import Permission, Use, permissions
from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.settings import PREFIX, Identity
from graph.errors import GraphError
from graph.tenant_facts import TokenWords

DOCTOR = "doctor"
CALLING = ("calls", "keys", "group_call")
"""What an application beside the first one needs: the directory and presence are the first's."""


async def check_token(patient: Patient) -> list[Line]:
    """A token for each application, and whose it is."""
    lines: list[Line] = []
    for identity in patient.settings.identities:
        try:
            words = await patient.words(identity)
        except GraphError as error:
            lines.append(
                Finding(
                    code="token.refused",
                    about=identity.app_id,
                    seen=str(error),
                    where=f"{PREFIX}CREDENTIAL",
                )
            )
            continue
        lines.append(_whose(identity, words))
    return lines


async def check_permissions(patient: Patient) -> list[Line]:
    """The token's roles against what the plan's features need."""
    lines: list[Line] = []
    uses = patient.uses()
    for number, identity in enumerate(patient.settings.identities):
        needed = {name: use for name, use in uses.items() if not number or name in CALLING}
        try:
            words = await patient.words(identity)
        except GraphError:
            continue  # told by the check of the token
        if words is not None:
            lines += _compared(patient, identity, set(words.roles), needed)
    return lines


def consent_link(identity: Identity, authority_url: str) -> str:
    """Where an administrator gives consent."""
    return f"{authority_url}/{identity.tenant_id}/adminconsent?client_id={identity.app_id}"


def _whose(identity: Identity, words: TokenWords | None) -> Line:
    about = identity.app_id
    if words is None:
        return Finding(code="token.opaque", about=about)
    if words.tenant_id and words.tenant_id != identity.tenant_id.lower():
        return Finding(
            code="token.other_tenant",
            about=about,
            seen=f"it is of tenant {words.tenant_id}",
            where=f"{PREFIX}TENANT_ID",
        )
    if words.app_id and words.app_id != identity.app_id.lower():
        return Finding(
            code="token.other_application",
            about=about,
            seen=f"it is application {words.app_id}'s",
            where=f"{PREFIX}CREDENTIAL",
        )
    return Well("token", f"application {about} has one, by {identity.credential.value}")


def _compared(
    patient: Patient, identity: Identity, roles: set[str], uses: dict[str, Use]
) -> list[Line]:
    link = consent_link(identity, patient.settings.authority_url)
    if not roles:
        return [Finding(code="consent.none", about=identity.app_id, seen=f"consent: {link}")]
    lines: list[Line] = []
    for row in permissions():
        use = uses.get(row.feature)
        if row.feature == DOCTOR:
            continue  # without it something is not visible, and is said to be
        if use is not None and row.permission not in roles:
            lines.append(_missing(patient, row, use, link))
        elif use is None and row.permission in roles:
            lines.append(Finding(code="permission.unused", about=row.permission))
    known = {row.permission for row in permissions()}
    lines += [Finding(code="permission.foreign", about=each) for each in sorted(roles - known)]
    needed = sum(row.feature in uses and row.feature != DOCTOR for row in permissions())
    missing = sum(isinstance(each, Finding) and _is_lack(each) for each in lines)
    lines.insert(0, Well("permission", f"{needed - missing} of {needed} that this plan needs"))
    return lines


def _is_lack(finding: Finding) -> bool:
    return finding.code in ("permission.missing", "permission.weaker")


def _missing(patient: Patient, row: Permission, use: Use, link: str) -> Finding:
    return Finding(
        code="permission.missing" if use.fails else "permission.weaker",
        about=row.permission,
        seen=f"feature {row.feature}; consent: {link}",
        where=patient.where(use.key) if use.key else "",
        breaks=row.without,
    )
