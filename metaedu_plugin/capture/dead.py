"""Dead letters: looked at, and tried again after an upgrade or a repair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from metaedu_plugin.capture import events, store
from metaedu_plugin.capture.data import Counts, Letter
from metaedu_plugin.capture.importing import table
from metaedu_plugin.capture.models import DeadLetter
from metaedu_plugin.capture.rows import Batch, Malformed, Origin


def dead_letters(*, reason: str | None = None) -> Iterator[Letter]:
    """What could not be used and was not replayed since, the oldest first."""
    for row in _waiting(reason).iterator(chunk_size=500):
        yield Letter(
            id=row.pk,
            source=row.source,
            reason=row.reason,
            detail=row.detail,
            raw=row.raw,
            received=row.received,
            replayed=row.replayed,
        )


def replay(*, reason: str | None = None) -> Counts:
    """Try the dead letters again; what goes in now is marked as replayed, the others stay as they are.

    Lines that could not be read at all are not kept here: they stay, until their file is mended and imported again.
    """
    counts = Counts()
    for letter in _waiting(reason).iterator(chunk_size=500):
        batch = _read(letter)
        result = batch.counts() if batch.refused else store.write(batch)
        if not result.dead:
            letter.replayed = timezone.now()
            letter.save(update_fields=["replayed"])
        counts.add(result)
    return counts


def _waiting(reason: str | None) -> QuerySet[DeadLetter]:
    waiting = DeadLetter.objects.filter(replayed=None).order_by("id")
    return waiting.filter(reason=reason) if reason else waiting


def _read(letter: DeadLetter) -> Batch:
    batch = Batch()
    raw = msgspec.json.decode(letter.raw, type=dict[str, Any])
    if not raw:
        batch.refuse(Malformed(letter.reason, letter.detail), Origin(letter.source, dict))
    elif table.RECORD in raw:
        table.read_again(raw, source=letter.source, into=batch)
    else:
        events.read(raw, source=letter.source, into=batch)
    return batch
