"""Events to rows, in batches: the way that live events and logs share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from metaedu_plugin.capture import events as kinds
from metaedu_plugin.capture.data import Counts
from metaedu_plugin.capture.rows import Batch
from metaedu_plugin.capture.store import write

BATCH = 2000
"""Events a transaction: more gains nothing, less pays more queries."""


def ingest(*, events: Iterable[Any], source: str) -> Counts:
    """Events of either shape to rows; each event counts once however often it comes.

    `source` names where they come from, for dead letters. Sends `responses_captured` for new rows once they are
    committed. Raises OperationalError or InterfaceError when the database does not answer: what was committed
    before stays, and the same call may be repeated.
    """
    counts = Counts()
    for some in batched(events, BATCH):
        batch = Batch()
        for event in some:
            kinds.read(event, source=source, into=batch)
        counts.add(write(batch))
    return counts


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most `size` items; Python 3.12 has it."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
