"""Durations as histograms that can be added up: of any two spans the percentiles can be told.

Eight buckets per doubling from a tenth of a second on: what is read out of one is within 5 % of
the truth. Below that everything is one bucket, and beyond a day as well.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

SHORTEST_MS, LONGEST_MS = 100, 24 * 3_600_000
PER_DOUBLING = 8


def _edges() -> tuple[int, ...]:
    """Where buckets begin, in milliseconds."""
    found, step = [0], 0
    while (edge := round(SHORTEST_MS * 2 ** (step / PER_DOUBLING))) < LONGEST_MS:
        found.append(edge)
        step += 1
    return (*found, LONGEST_MS)


EDGES = _edges()


def bucket_of(ms: int) -> int:
    """The number of the bucket that a duration falls into."""
    return bisect_right(EDGES, max(ms, 0)) - 1


def percentile(counts: Mapping[int, int], part: float) -> int | None:
    """The duration (ms) that this part of all did not exceed; None when there are none.

    Within a bucket they are taken to lie evenly.
    """
    wanted = part * sum(counts.values())
    below = 0
    for bucket in sorted(counts):
        count = counts[bucket]
        if count > 0 and below + count >= wanted:
            return round(_at(bucket, (wanted - below) / count))
        below += count
    return None


def _at(bucket: int, part: float) -> float:
    low = EDGES[bucket]
    high = EDGES[bucket + 1] if bucket + 1 < len(EDGES) else low
    return low + (high - low) * part
