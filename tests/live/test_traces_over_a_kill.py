"""A contact whose service is killed in the middle of it is one trace all the same."""

from pathlib import Path

import pytest
from kit.live_floor import WAITING
from kit.live_house import live_house
from kit.trace_collector import collecting
from kit.waiting import until

pytestmark = pytest.mark.xdist_group("live traces")


async def test_spans_before_and_after_a_kill_share_the_trace(tmp_path: Path) -> None:
    async with collecting() as collector:
        to = {"SWITCHBOARD_TRACES": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        database = f"sqlite:///{tmp_path}/switchboard.db"
        async with live_house(tmp_path, [database], **to) as house:
            leg = house.call(WAITING)
            await house.queued(leg)

            async def before() -> bool:
                return bool(collector.named("graph answer"))

            await until(before)
            await house.service.kill()
            await house.service.start()
            await house.owner()
            house.hang_up(leg)

            async def after() -> bool:
                return bool(collector.named("contact"))

            await until(after, within_s=40)
            (root,), (waited,) = collector.named("contact"), collector.named("waiting")
            (answer,) = collector.named("graph answer")
            (ended,) = collector.named("event CallEnded")
            assert root.said["switchboard.outcome"] == "abandoned"
            assert {each.trace for each in collector.spans} == {root.trace}
            assert {answer.parent, waited.parent, ended.parent} == {root.id}
            assert answer.instance != root.instance
            assert root.start_ns < answer.start_ns < answer.end_ns < root.end_ns
