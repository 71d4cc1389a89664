"""How long a caller is expected to wait, and how true that was.

The estimate goes by the length of the line: with `ahead` contacts before it and `n` agents on duty,
each of them has to become free (ahead + 1) / n times. What one such *turn* takes is learned from
the contacts answered within the last hour: their waits divided by the turns that they had before
them. Talk, wrap-up, rings that fail, callers who give up and agents shared with other queues are
all in it, and staff that comes or leaves counts at once.

The range comes from the same contacts: by how much their waits strayed from the estimate. Strays
become smaller, in proportion, the longer the line (by the root of its length), so they are scaled
before they are compared. The range leaves out a tenth on each side; which tenth, moves with each
quote that turns out too high or too low, so that 80 of 100 waits end within what was told.

Nothing is said when nothing can be: fewer than 20 such answers in the last hour, nobody on duty,
somebody free, a spread in which the 80th percentile is more than three times the median, or a wait
beyond two hours.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, sqrt
from math import floor as whole

from routing.announced import NOTHING, Announced, Quote
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Queue
from routing.staffing import on_duty
from routing.state import Contact
from routing.wait_memory import JUDGED_KEPT, SAMPLES_KEPT, Judged, Sample, WaitMemory

SAMPLES_LEAST = 20
WITHIN_MS = 3_600_000
WIDEST = 3.0
"""The 80th percentile at most, in medians."""
MINUTE_MS = 60_000
MINUTES = (*range(21), 25, 30, 40, 50, 60, 90, 120)
"""What a range is spoken in. A wait beyond is not quoted."""
STEP, AIM = 10, 10
"""A quote judged too low or too high moves its end of the range by STEP thousandths, weighed so
that it rests where AIM of 100 are."""
THOUSAND = 1_000


def joined(floor: Floor, contact: Contact, queue: Queue) -> None:
    """The contact is about to stand in the queue's line: remember what its wait is measured by."""
    before = contact.announced
    agents = 0 if floor.pools[queue.name].order else on_duty(floor, queue)
    if agents == 0 and before == NOTHING:
        return
    ahead = floor.lines[queue.name].ahead_of(contact)
    contact.announced = Announced(
        position=before.position,
        quotes=before.quotes,
        ahead=ahead,
        turns=THOUSAND * (ahead + 1) // agents if agents else 0,
    )
    floor.touch(contact)


def expected_wait(floor: Floor, queue: Queue, contact: Contact | None = None) -> Quote | None:
    """What the contact, or a new caller, can be told now; None: nothing."""
    memory = floor.state.waits.get(queue.name)
    agents = on_duty(floor, queue)
    if memory is None or agents == 0 or floor.pools[queue.name].order:
        return None
    samples = _recent(floor, memory)
    if len(samples) < SAMPLES_LEAST:
        return None
    line = floor.lines[queue.name]
    ahead = line.ahead_of(contact) if contact is not None else len(line.places)
    turn_ms, strays = _turn_and_strays(samples)
    wait_ms = turn_ms * (ahead + 1) / agents

    def part(thousandths: int) -> float:
        """This part of such waits is expected to be shorter."""
        return wait_ms * (1 + _quantile(strays, thousandths / THOUSAND) / sqrt(ahead + 1))

    median = part(500)
    if median <= 0 or part(800) > WIDEST * median:
        return None
    return _quote(floor.now, median, part(memory.low), part(memory.high))


def expected_wait_ms(floor: Floor, queue: Queue) -> int | None:
    """How long somebody who joins now is expected to wait; None: nobody can say, or not at all."""
    quote = expected_wait(floor, queue)
    return quote.expected_ms if quote is not None else None


def quoted(floor: Floor, contact: Contact, quote: Quote, most: int) -> None:
    """The caller is told this."""
    kept = (*contact.announced.quotes, quote)[-most:]
    contact.announced = replace(contact.announced, quotes=kept)
    floor.touch(contact)


def answered(floor: Floor, contact: Contact) -> None:
    """An agent has the contact: its wait is one to learn from, and what was told is judged."""
    if not contact.visiting or contact.queue not in floor.queues:
        return
    since, told = contact.queued_at or floor.now, contact.announced
    quotes = [quote for quote in told.quotes if quote.at >= since]
    if not (told.turns or quotes):
        return
    memory = floor.state.waits.setdefault(contact.queue, WaitMemory(id=contact.queue))
    if told.turns:
        sample: Sample = (floor.now, floor.now - since, told.turns, told.ahead)
        memory.answered = (*memory.answered, sample)[-SAMPLES_KEPT:]
    if quotes:
        _judge(floor, contact, memory, quotes)
    floor.touch(memory)


def _judge(floor: Floor, contact: Contact, memory: WaitMemory, quotes: list[Quote]) -> None:
    judged: list[Judged] = []
    for quote in quotes:
        actual = floor.now - quote.at
        below, above = actual < quote.low_ms, actual > quote.high_ms
        memory.low = min(max(memory.low + _moved(below), 0), 500)
        memory.high = min(max(memory.high - _moved(above), 500), THOUSAND)
        judged.append((floor.now, actual - quote.expected_ms, int(not (below or above))))
    memory.judged = (*memory.judged, *judged)[-JUDGED_KEPT:]
    floor.fact(
        FactKind.WAIT_JUDGED,
        contact=contact.id,
        queue=contact.queue,
        quotes=len(judged),
        held=sum(held for _, _, held in judged),
        queued_at=contact.queued_at,
        errors_ms=sum(error for _, error, _ in judged),
        absolute_errors_ms=sum(abs(error) for _, error, _ in judged),
        error_ms=sum(error for _, error, _ in judged) // len(judged),
        absolute_error_ms=sum(abs(error) for _, error, _ in judged) // len(judged),
    )


def _moved(missed: bool) -> int:
    return STEP * (AIM - 100 * missed) // 100


def _recent(floor: Floor, memory: WaitMemory) -> list[Sample]:
    return [each for each in memory.answered if each[0] > floor.now - WITHIN_MS]


def _turn_and_strays(samples: list[Sample]) -> tuple[float, list[float]]:
    """What a turn takes (ms), and by which part of their estimate these waits strayed from it,
    scaled to a line of one, in order."""
    turn = sum(waited for _, waited, _, _ in samples) / sum(turns for _, _, turns, _ in samples)
    strays = [
        (waited / (turn * turns) - 1) * sqrt(ahead + 1) if turn else 0.0
        for _, waited, turns, ahead in samples
    ]
    return turn * THOUSAND, sorted(strays)


def _quantile(ranked: list[float], part: float) -> float:
    """The value below which this part of all is expected (n + 1 rule)."""
    place = min(max(part * (len(ranked) + 1) - 1, 0.0), len(ranked) - 1.0)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])


def _quote(now: int, expected_ms: float, low_ms: float, high_ms: float) -> Quote | None:
    """As it is spoken: the lower end rounded down, the upper one up, never the same."""
    lowest, highest = whole(max(low_ms, 0.0)) / MINUTE_MS, ceil(high_ms) / MINUTE_MS
    low = max(step for step in MINUTES if step <= lowest)
    high = next((step for step in MINUTES if step >= highest and step > low), None)
    if high is None:
        return None
    return Quote(
        at=now, expected_ms=round(expected_ms), low_ms=low * MINUTE_MS, high_ms=high * MINUTE_MS
    )
