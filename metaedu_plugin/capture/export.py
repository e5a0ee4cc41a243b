"""Valid responses in bulk, for the dataset: tuples in the order in which they were stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Count, Max, QuerySet, Sum

from metaedu_plugin.capture.models import Response

COLUMNS = (
    "id",
    "course",
    "learner__pseudonym",
    "item",
    "correct",
    "score",
    "attempt",
    "hints",
    "seconds",
    "time",
)


class Span(NamedTuple):
    """What a range of stored rows holds; two ranges that agree in it hold the same rows."""

    responses: int
    ids: int
    """Sum of the rows' ids."""
    last: int
    """The highest id; 0 for nothing."""


def span(*, after: int = 0, until: int | None = None) -> Span:
    """Count the valid responses with after < id <= until."""
    found = _rows(after, until).aggregate(count=Count("id"), ids=Sum("id"), last=Max("id"))
    return Span(found["count"], int(found["ids"] or 0), found["last"] or 0)


def export(*, after: int = 0, until: int | None = None) -> Iterator[tuple[object, ...]]:
    """Valid responses with after < id <= until in the order of ids, as tuples of `COLUMNS`."""
    rows = _rows(after, until).order_by("id").values_list(*COLUMNS)
    yield from rows.iterator(chunk_size=20_000)


def _rows(after: int, until: int | None) -> QuerySet[Response]:
    rows = Response.objects.filter(valid=True, id__gt=after)
    return rows if until is None else rows.filter(id__lte=until)
