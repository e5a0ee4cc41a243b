"""Which responses still count: a reset or a rescore makes those of before invalid, in whatever order they arrive."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import F, Q, QuerySet

from metaedu_plugin.capture import attempts, before
from metaedu_plugin.capture.before import ENDS
from metaedu_plugin.capture.data import Invalidated
from metaedu_plugin.capture.models import Activity, Learner, Response
from metaedu_plugin.capture.rows import ActivityRow, ResponseRow

GIVEN = ("time", "attempt", "hints", "seconds", "choice")
"""What a rescore takes over from the answer that it graded again; the time first."""


def recall(responses: list[ResponseRow], learners: dict[str, Learner]) -> None:
    """Rescored answers get back when and how they were given: the event tells of the grading alone.

    That is the learner's last answer to the same input before the rescore; one that has not arrived yet hands it on
    when it does (`end`).
    """
    answers: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in responses:
        if row.time and not row.graded:
            answers[row.subject, row.block, row.part].append(tuple(getattr(row, name) for name in GIVEN))
    for row in responses:
        if row.graded:
            mine = _of(learners[row.subject], row.course, row.block).filter(part=row.part, graded=None)
            given = [*mine.filter(time__lt=row.graded).order_by("-time", "-id").values_list(*GIVEN)[:1]]
            given += [each for each in answers[row.subject, row.block, row.part] if each[0] < row.graded]
            latest: Any = max(given, key=itemgetter(0), default=())
            for name, value in zip(GIVEN, latest, strict=False):
                setattr(row, name, value)


def mark(responses: list[ResponseRow], activities: list[ActivityRow], learners: dict[str, Learner]) -> None:
    """Responses that a reset or rescore has overtaken, or that stand beside one in the batch, are invalid at once."""
    places = {id(row): before.place(learners[row.subject].pseudonym, row.block) for row in responses if row.block}
    ended: dict[int, list[datetime]] = defaultdict(list)
    for place, moment in Activity.objects.filter(place__in=set(places.values()), kind__in=ENDS).values_list(
        "place", "time"
    ):
        ended[place].append(moment)
    for activity in activities:
        if activity.kind in ENDS:
            ended[before.place(learners[activity.subject].pseudonym, activity.block)].append(activity.time)
    for row in responses:
        row.valid = not any(_overtakes(moment, row) for moment in ended.get(places.get(id(row), 0), []))


def _overtakes(moment: datetime, row: ResponseRow) -> bool:
    """A rescore does not overtake what it has graded itself."""
    if row.graded:
        return row.graded < moment
    return row.time is not None and row.time <= moment


def end(
    responses: list[ResponseRow], activities: list[ActivityRow], learners: dict[str, Learner]
) -> tuple[int, list[Invalidated]]:
    """Make the stored responses invalid that the batch's resets and rescores overtake; called within its transaction.

    Returns how many, and of whom; also of whom a rescored answer was told at another moment than its own.
    """
    count = 0
    invalidated: dict[Invalidated, None] = {}
    for activity in activities:
        if activity.kind not in ENDS:
            continue
        learner = learners[activity.subject]
        overtaken = Q(graded=None, time__lte=activity.time) | Q(graded__lt=activity.time)
        found = dict(
            _of(learner, activity.course, activity.block).filter(overtaken, valid=True).values_list("id", "problem")
        )
        count += Response.objects.filter(id__in=list(found)).update(valid=False)
        for problem in found.values():
            invalidated[Invalidated(course=activity.course, learner=learner.pseudonym, problem=problem)] = None
    for row in responses:
        if not row.valid and not row.graded and _hand_on(row, learners[row.subject]):
            name = learners[row.subject].pseudonym
            invalidated[Invalidated(course=row.course, learner=name, problem=row.problem)] = None
    attempts.count(responses, activities, learners)
    return count, list(invalidated)


def settle(
    responses: list[ResponseRow], activities: list[ActivityRow], learners: dict[str, Learner]
) -> list[Invalidated]:
    """Once more after the commit: another process may have stored the other half in the same instant.

    Whichever of the two is committed last sees the other here.
    """
    held = [row for row in responses if row.valid]
    mark(held, [], learners)
    Response.objects.filter(key__in=[row.key for row in held if not row.valid]).update(valid=False)
    graded = [row for row in held if row.graded]
    known = [row.time for row in graded]
    recall(graded, learners)
    for row, moment in zip(graded, known, strict=True):
        if row.time != moment:
            Response.objects.filter(key=row.key).update(**_given(row, learners[row.subject]))
    _, invalidated = end([row for row in held if not row.valid], activities, learners)
    attempts.count(held, [], learners)
    return invalidated


def _hand_on(row: ResponseRow, learner: Learner) -> int:
    """An answer that arrives after the rescores that graded it again; returns how many of these count."""
    unknown_or_older = Q(time=F("graded")) | Q(time__lt=row.time)
    mine = _of(learner, row.course, row.block).filter(unknown_or_older, part=row.part, graded__gt=row.time)
    counting = mine.filter(valid=True).count()
    mine.update(**_given(row, learner))
    return counting


def _given(row: ResponseRow, learner: Learner) -> dict[str, Any]:
    """When and how an answer was given, as columns."""
    return {
        "time": row.time,
        "attempt": row.attempt or 1,
        "hints": row.hints or 0,
        "seconds": row.seconds,
        "choice": row.choice,
        "slot": before.slot(learner.pseudonym, row.course, row.time) if row.time else None,
    }


def _of(learner: Learner, course: str, block: str) -> QuerySet[Response]:
    """A learner's responses to a block; those stored before there was `place` have its key alone."""
    here = Q(place=before.place(learner.pseudonym, block)) | Q(place=None, problem=block)
    return Response.objects.filter(here, learner_id=learner.pk, course=course)
