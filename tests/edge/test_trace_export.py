"""Where traces go: what is missing is said, and a collector that is gone holds nobody up."""

import sys
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from bot.metrics.exporting import Outlet, Where, open_outlet
from bot.metrics.telemetry import Telemetry
from bot.metrics.tracing import ROOT, Part, Spans, span_id, trace_id
from bot.settings import BadSettings

TENANT = "11111111-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("where", "module", "extra"),
    [
        ("otlp", "opentelemetry.exporter.otlp.proto.http.trace_exporter", "telemetry"),
        ("azure", "azure.monitor.opentelemetry.exporter", "azure"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(
    where: Where, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadSettings, match=rf"SWITCHBOARD_TRACES.*switchboard\[{extra}\]"):
        open_outlet(where, Telemetry())


@pytest.mark.parametrize("given", ["", "InstrumentationKey=nonsense"])
def test_azure_without_a_usable_connection_string_says_so(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", given)
    with pytest.raises(BadSettings, match="APPLICATIONINSIGHTS_CONNECTION_STRING") as refused:
        open_outlet("azure", Telemetry())
    assert "nonsense" not in str(refused.value)


def test_ids_follow_from_tenant_and_contact_alone() -> None:
    assert f"{trace_id(TENANT, 'a-1'):032x}" == "cf69188728824b6b083ecf5b94718399"
    assert f"{span_id(TENANT, 'a-1', ROOT):016x}" == "6f8b091b33ea6ca5"
    ids = {trace_id(t, c) for t in (TENANT, "other") for c in ("a-1", "a-2")}
    assert len(ids) == 4


class Gone(SpanExporter):
    """An exporter whose collector is not there."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise ConnectionRefusedError(str(len(spans)))

    def shutdown(self) -> None:
        """Nothing to end."""


async def test_a_collector_that_is_gone_costs_counts_and_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    meter = Telemetry()
    outlet = Outlet(Gone(), meter)
    spans = Spans(tenant=TENANT, instance="one", sink=outlet)
    for _ in range(2_000):
        spans.hand(
            Part(name="offer", contact="a-1", start_ms=1, end_ms=2, kind=SpanKind.INTERNAL), {}
        )
    await outlet.close()
    assert 'switchboard_spans_total{outcome="failed"} 2000.0' in meter.page().decode()
    (line,) = [each for each in caplog.records if "traces are lost" in each.getMessage()]
    assert line.reason == "ConnectionRefusedError"  # type: ignore[attr-defined]
