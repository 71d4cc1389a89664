"""All kinds of findings by their code, and the order in which subjects are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.doctor.finding import Kind
from bot.doctor.kinds_installation import INSTALLATION
from bot.doctor.kinds_tenant import TENANT

KINDS: Final[Mapping[str, Kind]] = {each.code: each for each in (*INSTALLATION, *TENANT)}
SUBJECTS: Final[Mapping[str, str]] = {
    "settings": "Settings",
    "version": "Versions",
    "plan": "The plan",
    "database": "Database",
    "token": "Token",
    "consent": "Consent",
    "permission": "Permissions",
    "graph": "Graph",
    "clock": "Clock",
    "presence": "Presence",
    "account": "Resource accounts",
    "agent": "Agents",
    "queue": "Queues",
    "webhook": "Webhook",
    "prompts": "Prompts",
    "capacity": "Capacity",
    "check": "The examination",
}
