"""Valid responses of one course in bulk, for who keeps them as columns and brings these up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Max, QuerySet, Sum, Value
from django.db.models.functions import Concat

from metaedu_plugin.capture.export import Span
from metaedu_plugin.capture.models import Response

CHUNK = 20_000
LEARNERS = 500
"""Pseudonyms in one query: every database takes so many."""


class CourseRow(NamedTuple):
    """What a class is computed from."""

    id: int
    learner: str
    """Pseudonym."""
    item: str
    choice: str
    correct: bool
    hints: int
    attempt: int
    seconds: float | None
    time: datetime | None


FIELDS = ("id", "learner__pseudonym", "item", "choice", "correct", "hints", "attempt", "seconds", "time")


def course_rows(
    *, course: str, after: int = 0, learners: Iterable[str] | None = None
) -> Iterator[list[tuple[object, ...]]]:
    """Valid responses of a course as lists of tuples of `CourseRow`'s fields, with id > after, in the order of ids.

    With `learners` (pseudonyms) theirs alone. Each list is one short query, so that neither memory nor a transaction
    grows with the course.
    """
    if learners is not None:
        wanted = list(learners)
        for start in range(0, len(wanted), LEARNERS):
            some = wanted[start : start + LEARNERS]
            rows = Response.objects.filter(course=course, valid=True, id__gt=after, learner__pseudonym__in=some)
            yield list(rows.order_by("id").values_list(*FIELDS))
        return
    # An expression, so that every database walks the rows by id from `after` on: by the index of courses, each chunk
    # would sort the whole course.
    walked = Response.objects.alias(named=Concat(F("course"), Value(""))).filter(named=course, valid=True)
    while chunk := list(walked.filter(id__gt=after).order_by("id").values_list(*FIELDS)[:CHUNK]):
        yield chunk
        after = chunk[-1][0]


def course_span(*, course: str, until: int | None = None) -> Span:
    """What the valid responses of a course come to: two spans that agree stand for the same rows."""
    rows = _valid(course, until).aggregate(count=Count("id"), ids=Sum("id"), last=Max("id"))
    return Span(rows["count"], int(rows["ids"] or 0), rows["last"] or 0)


def learner_spans(*, course: str, until: int) -> dict[str, tuple[int, int]]:
    """Number and sum of ids of each learner's valid responses with id <= until, by pseudonym."""
    rows = _valid(course, until).order_by().values_list("learner__pseudonym").annotate(n=Count("id"), ids=Sum("id"))
    return {learner: (count, int(ids)) for learner, count, ids in rows}


def course_size(*, course: str, limit: int) -> int:
    """Stored responses of a course, counted no further than `limit`."""
    return Response.objects.filter(course=course).order_by()[:limit].count()


def _valid(course: str, until: int | None) -> QuerySet[Response]:
    rows = Response.objects.filter(course=course, valid=True)
    return rows if until is None else rows.filter(id__lte=until)
