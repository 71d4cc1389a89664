"""Spans of one contact: which trace they belong to, and how they are handed over.

A trace's id follows from tenant and contact, so any instance writes on in the same trace, also one
that took over after a crash. Finished spans are made here in one go: nothing is open in memory,
nothing travels in a context, and a process that dies loses only what was not sent yet.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

Plain = str | int | bool
ROOT = "root"
_NS = 1_000_000
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_FINE, _FAILED = Status(StatusCode.UNSET), Status(StatusCode.ERROR)


class Sink(Protocol):
    """Takes finished spans. Never waits."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take one."""
        ...


def trace_id(tenant: str, contact: str) -> int:
    """The 128 bits of a contact's trace; W3C forbids zero."""
    return _number(f"trace\n{tenant}\n{contact}", 16)


def span_id(tenant: str, contact: str, part: str) -> int:
    """The 64 bits of a part of which a contact has one only, such as `ROOT`."""
    return _number(f"span\n{tenant}\n{contact}\n{part}", 8)


def _number(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size]) or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A span of a contact. `part` names one that is written once at most; others get any id."""

    name: str
    contact: str
    start_ms: float
    end_ms: float
    kind: SpanKind = SpanKind.INTERNAL
    part: str = ""
    attributes: Mapping[str, Plain] = field(default_factory=dict[str, Plain])
    is_failed: bool = False


class Spans:
    """Makes spans of one tenant's contacts."""

    def __init__(self, *, tenant: str, instance: str, sink: Sink) -> None:
        self._tenant = tenant
        self._sink = sink
        self._resource = Resource({"service.name": "switchboard", "service.instance.id": instance})
        self._scope = InstrumentationScope("switchboard")

    def hand(self, part: Part, attributes: dict[str, Plain]) -> None:
        """Hand a finished span over, with these attributes and no other."""
        trace = trace_id(self._tenant, part.contact)
        root = span_id(self._tenant, part.contact, ROOT)
        own = span_id(self._tenant, part.contact, part.part) if part.part else _any_id()
        parent = None if part.part == ROOT else _context(trace, root)
        self._sink.on_end(
            ReadableSpan(
                name=part.name,
                context=_context(trace, own),
                parent=parent,
                resource=self._resource,
                attributes=attributes,
                kind=part.kind,
                instrumentation_scope=self._scope,
                status=_FAILED if part.is_failed else _FINE,
                start_time=int(part.start_ms * _NS),
                end_time=int(max(part.start_ms, part.end_ms) * _NS),
            )
        )


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False, trace_flags=_SAMPLED)


def _any_id() -> int:
    return secrets.randbits(64) or 1
