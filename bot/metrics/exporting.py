"""Where spans go: to an OpenTelemetry collector or to Azure Monitor, from a thread of their own.

A collector that is away costs a count and one line a minute. Nobody waits for it, not even a stop
for longer than STOP_WITHIN_S.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Literal

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from bot.clock import stopwatch_ms
from bot.metrics.meter import Meter
from bot.settings import BadSettings

log = logging.getLogger(__name__)

Where = Literal["otlp", "azure"]
QUEUE = 8_192
"""Spans in memory at most; the oldest go when nobody takes them."""
BATCH = 512
EVERY_MS = 2_000
TAKEN_WITHIN_S = 5
STOP_WITHIN_S = 3.0
TOLD_EVERY_MS = 60_000
LOUD = ("opentelemetry", "azure.monitor.opentelemetry")
"""They log each failure, and one writes the collector's address and headers into it."""


class Outlet:
    """Takes finished spans and sends them in batches."""

    def __init__(self, exporter: SpanExporter, meter: Meter) -> None:
        self._exporter = Watched(exporter, meter)
        self._batches = BatchSpanProcessor(
            self._exporter,
            max_queue_size=QUEUE,
            schedule_delay_millis=EVERY_MS,
            max_export_batch_size=BATCH,
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Take one; never waits."""
        self._batches.on_end(span)

    async def close(self) -> None:
        """Send what is there, or give it up when the time is over."""
        self._exporter.is_closing = True
        done, loop = asyncio.Event(), asyncio.get_running_loop()

        def shut_down() -> None:
            self._batches.shutdown()  # type: ignore[no-untyped-call]
            with suppress(RuntimeError):  # the loop did not wait for it
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=shut_down, name="spans", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN_S):
                await done.wait()


class Watched(SpanExporter):
    """An exporter that counts what became of spans, and never raises."""

    def __init__(self, exporter: SpanExporter, meter: Meter) -> None:
        self._exporter = exporter
        self._meter = meter
        self._told_at: float | None = None
        self._failing = False
        self.is_closing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch, in the processor's thread."""
        if self.is_closing and self._failing:
            result, why = SpanExportResult.FAILURE, "closing"
        else:
            result, why = self._sent(spans)
        self._failing = result is not SpanExportResult.SUCCESS
        for _ in spans:
            self._meter.count("spans", "failed" if self._failing else "sent")
        if self._failing:
            self._tell(why, len(spans))
        return result

    def _sent(self, spans: Sequence[ReadableSpan]) -> tuple[SpanExportResult, str]:
        try:
            return self._exporter.export(spans), "not taken"
        except Exception as error:  # noqa: BLE001 - whatever a library raises, calls go on
            return SpanExportResult.FAILURE, type(error).__name__

    def _tell(self, why: str, spans: int) -> None:
        now = stopwatch_ms()
        if self._told_at is None or now - self._told_at >= TOLD_EVERY_MS:
            self._told_at = now
            log.warning(
                "traces are lost: the collector does not take them; calls are not concerned",
                extra={"reason": why, "spans": spans},
            )

    def shutdown(self) -> None:
        """As the exporter within."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As the exporter within."""
        return self._exporter.force_flush(timeout_millis)


def open_outlet(where: Where, meter: Meter) -> Outlet:
    """Raises BadSettings when it cannot be."""
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return Outlet(_otlp() if where == "otlp" else _azure(), meter)


def _otlp() -> SpanExporter:
    module = _extra("opentelemetry.exporter.otlp.proto.http.trace_exporter", "otlp", "telemetry")
    made: SpanExporter = module.OTLPSpanExporter(timeout=TAKEN_WITHIN_S)
    return made


def _azure() -> SpanExporter:
    module = _extra("azure.monitor.opentelemetry.exporter", "azure", "azure")
    try:
        made: SpanExporter = module.AzureMonitorTraceExporter(
            # On disk it would outlive what docs/privacy.md promises.
            disable_offline_storage=True,
            timeout=TAKEN_WITHIN_S,
        )
    except ValueError:
        problem = (
            "SWITCHBOARD_TRACES: `azure` needs APPLICATIONINSIGHTS_CONNECTION_STRING, as the "
            "resource of Application Insights shows it on its first page."
        )
        raise BadSettings([problem]) from None
    return made


def _extra(module: str, where: Where, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        problem = (
            f"SWITCHBOARD_TRACES: `{where}` needs packages that are not installed: "
            f"pip install 'teams-switchboard[{extra}]', or everything in requirements.txt."
        )
        raise BadSettings([problem]) from None
