"""When a simulated learner works: sessions of some minutes, days apart, up to now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

MEAN_GAP_DAYS = 2.6
LATEST_START = 0.7
"""Share of the weeks after which nobody joins any more: enrolment is rolling."""


def sessions(random: Random, *, now: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end of each session of one learner."""
    begin = now - timedelta(days=days) + timedelta(days=days * LATEST_START * random.random() ** 1.5)
    last = now - timedelta(minutes=2)
    while begin < last:
        end = begin + timedelta(minutes=random.uniform(12, 40))
        yield begin, min(end, last)
        gap = timedelta(days=max(0.2, random.expovariate(1 / MEAN_GAP_DAYS)))
        # People work in the afternoon and in the evening.
        begin = (begin + gap).replace(hour=random.randrange(14, 22), minute=random.randrange(60))
        if begin <= end:
            begin += timedelta(days=1)
