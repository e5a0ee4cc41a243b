"""What the commands of capture print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper

from metaedu_plugin.capture.api import Counts
from metaedu_plugin.capture.importing.lines import Progress


def table(counts: Counts) -> str:
    """Counts by kind, dead letters also by reason."""
    rows = [
        ("responses", counts.responses),
        ("activities", counts.activities),
        ("duplicates", counts.duplicates),
        ("ignored", counts.ignored),
        ("invalidated", counts.invalidated),
        ("dead letters", counts.dead),
        *((f"  {reason}", count) for reason, count in sorted(counts.reasons.items())),
    ]
    return "\n".join(f"{name:<24}{count:>12,}" for name, count in rows)


@contextmanager
def bar(err: OutputWrapper) -> Iterator[Progress | None]:
    """A progress bar on a terminal that has tqdm, else nothing."""
    try:
        from tqdm import tqdm  # noqa: PLC0415  the training extra brings it
    except ImportError:
        yield None
        return
    with tqdm(unit="B", unit_scale=True, unit_divisor=1024, disable=None, leave=False) as shown:

        def progress(done: int, total: int) -> None:
            shown.total = total
            shown.update(max(0, done - shown.n))

        yield progress
