"""Bad days as data: which requests and notifications go wrong, how, and how often.

A rule is used `times` times (0: for ever), each time with chance `chance`; the chance is drawn from
the world's seeded dice, so that a run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields

from emulator.refusals import Reply
from emulator.shapes import error, too_many

REQUEST_KINDS = ("429", "500", "503", "reset", "reply_lost", "slow", "401")
NOTICE_KINDS = ("delay", "duplicate", "reorder", "drop")
TRANSFER_KINDS = ("transfer_fails",)


class FaultError(ValueError):
    """A fault rule that nobody could follow."""


@dataclass(slots=True, kw_only=True)
class Fault:
    kind: str
    """429, 500, 503, 401, reset (not executed), reply_lost (executed), slow | delay, duplicate,
    reorder, drop | transfer_fails"""
    op: str = ""
    """only this operation (answer, transfer, playPrompt ...; `token`: a request for one,
    `unauthorized`: a request without one); empty: any"""
    what: str = ""
    """only this notification (incoming, established, operation ...); empty: any"""
    call: str = ""
    times: int = 1
    chance: float = 1.0
    after: int = 0
    """let so many pass first"""
    retry_after: int | None = 1
    """seconds, for 429 and 503; None: no header"""
    delay_ms: int = 500

    @property
    def where(self) -> str:
        if self.kind in REQUEST_KINDS:
            return "request"
        return "notice" if self.kind in NOTICE_KINDS else "transfer"

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> Fault:
        """Raises FaultError with the place and the remedy."""
        known = {each.name for each in fields(cls)}
        for key in row:
            if key not in known:
                raise FaultError(f"{key!r} is not known here; known are {', '.join(sorted(known))}")
        kinds = REQUEST_KINDS + NOTICE_KINDS + TRANSFER_KINDS
        if row.get("kind") not in kinds:
            raise FaultError(f"kind is one of {', '.join(kinds)}, not {row.get('kind')!r}")
        return cls(**row)  # type: ignore[arg-type]


class Faults:
    """The rules in force, asked in the order in which they were added."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.rules: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules.clear()

    def for_request(self, op: str, call: str) -> Fault | None:
        return self._pick("request", op, call) if self.rules else None

    def for_notice(self, what: str, call: str) -> Fault | None:
        return self._pick("notice", what, call) if self.rules else None

    def for_transfer(self, call: str) -> Fault | None:
        return self._pick("transfer", "transfer", call) if self.rules else None

    def _pick(self, where: str, name: str, call: str) -> Fault | None:
        for rule in self.rules:
            wanted = rule.op if where == "request" else rule.what
            if rule.where != where or wanted not in ("", name):
                continue
            if rule.call and rule.call.lower() != call.lower():
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.chance < 1.0 and self._rng.random() >= rule.chance:
                continue
            self._use_up(rule)
            return rule
        return None

    def _use_up(self, rule: Fault) -> None:
        if rule.times == 1:
            self.rules.remove(rule)
        elif rule.times > 1:
            rule.times -= 1


def failure(fault: Fault, request_id: str, date: str) -> Reply | None:
    """The reply instead of the work; None when the work is done all the same."""
    if fault.kind in ("reply_lost", "slow"):
        return None
    if fault.kind == "reset":
        return Reply(0, fault="reset")
    headers = {}
    if fault.retry_after is not None and fault.kind in ("429", "503"):
        headers["Retry-After"] = str(fault.retry_after)
    if fault.kind == "429":
        return Reply(429, too_many(request_id, date), headers, fault="429")
    status, code, message = {
        "401": (401, "InvalidAuthenticationToken", "Access token has expired."),
        "500": (500, "9999", "Internal server error."),
    }.get(fault.kind, (503, "9999", "Service unavailable."))
    return Reply(status, error(code, message, request_id, date), headers, fault=fault.kind)
