"""From the spool to the database, from any process and at any time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from io import BufferedRandom
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from metaedu_plugin.capture import spool, switches
from metaedu_plugin.capture.data import Counts
from metaedu_plugin.capture.ingest import batched, ingest

SOURCE = "live"
AT_ONCE = 64
"""Segments that are held open together: many lie there when the database was away."""


def drain() -> Counts:
    """Move everything in the spool into the database, in the order of time; safe beside other drainers.

    Segments are deleted once their rows are committed. Raises OperationalError or InterfaceError when the database
    does not answer: the segments stay, and a later call takes them.
    """
    switches.mirror()
    counts = Counts()
    for paths in batched(spool.segments(), AT_ONCE):
        with ExitStack() as stack:
            held = [each for path in paths if (each := stack.enter_context(spool.take(path)))]
            # What a learner did went through several processes: a hint counts for the answer after it.
            events = heapq.merge(*(_events(file) for _, file in held), key=_when)
            counts.add(ingest(events=events, source=SOURCE))
            for taken, _ in held:
                _delete_after_commit(taken)
    return counts


def _delete_after_commit(path: Path) -> None:
    """At once, or with the transaction that the caller has open: if that is rolled back, the segment stays."""
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _events(file: BufferedRandom) -> Iterator[Any]:
    """The lines of a segment. A process that died in the middle of a line left no event there."""
    for line in file:
        try:
            yield msgspec.json.decode(line)
        except msgspec.DecodeError:
            if line.endswith(b"\n"):
                yield None


def _when(event: Any) -> str:
    """Moments of this process's writing sort as texts do; others go where they go, and count the same."""
    return str(event.get("timestamp") or "") if isinstance(event, Mapping) else ""


def remove(user_id: int) -> None:
    """Take a person's lines out of the spool, waiting for drainers that are at work."""
    for path in spool.segments():
        with spool.take(path, wait=True) as held:
            if held is not None:
                taken, file = held
                # Under the same name: whoever waits for the old file finds it gone. The prefix hides it from drainers.
                rest = taken.with_name(f"rest-{taken.name}")
                with rest.open("wb") as kept:
                    kept.writelines(line for line in file if not _is_of(line, user_id))
                rest.replace(taken)


def _is_of(line: bytes, user_id: int) -> bool:
    try:
        event = msgspec.json.decode(line)
        return user_id in (event["context"]["user_id"], (event["data"] or {}).get("user_id"))
    except (msgspec.DecodeError, TypeError, KeyError):
        return False
