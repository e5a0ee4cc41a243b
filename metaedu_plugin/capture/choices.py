"""What learners choose for themselves, and whose answers are not to be taken in.

The most specific choice counts: the one for the course, else the one for all courses, else feedback and answers are on.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import transaction

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.models import Choice, Learner, Retired
from metaedu_plugin.capture.rows import Row

ALL = ""
"""In the place of a course: all of them."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a learner in a course."""

    feedback: bool = True
    """Whether they are shown feedback, next actions and plans."""
    answers: bool = True
    """Whether their answers are taken in; without answers there is no feedback either."""
    everywhere: bool = False
    """Whether it was chosen for all courses at once."""


def chosen(*, user_id: int, course: str) -> Chosen:
    """What a platform user chose; one query, and no row is made."""
    rows = {row.course: row for row in Choice.objects.filter(learner__user_id=user_id, course__in=[course, ALL])}
    row = rows.get(course) or rows.get(ALL)
    return Chosen(feedback=row.feedback, answers=row.answers, everywhere=row.course == ALL) if row else Chosen()


def switched_off(*, course: str) -> set[str]:
    """Pseudonyms of those who switched feedback off for themselves, in the course or in all."""
    return _without("feedback", course)


def left_alone(*, course: str, learner: str | None = None) -> set[str]:
    """Pseudonyms of those whose answers are not to be taken in, in the course or in all; or of one, if so."""
    return _without("answers", course, learner)


def _without(what: str, course: str, learner: str | None = None) -> set[str]:
    rows = Choice.objects.filter(course__in=[course, ALL])
    if learner is not None:
        rows = rows.filter(learner__pseudonym=learner)
    # The course's own choice comes last, and counts.
    told = sorted(rows.values_list("course", "learner__pseudonym", what))
    held = {name: wanted for _, name, wanted in told}
    return {name for name, wanted in held.items() if not wanted}


def choose(*, user_id: int, course: str, wanted: Chosen) -> Chosen:
    """Store what a platform user chooses, for the course or for all of them; returns what holds from now on.

    What was stored before stays: who wants it deleted asks for `forget`. Raises ValueError for feedback without
    answers.
    """
    if wanted.feedback and not wanted.answers:
        raise ValueError("feedback is made of answers: switch both on, or feedback off")
    name = identity.pseudonym(f"user:{user_id}")
    learner, _ = Learner.objects.get_or_create(user_id=user_id, defaults={"pseudonym": name})
    values = {"feedback": wanted.feedback, "answers": wanted.answers}
    with transaction.atomic():
        if wanted.everywhere:
            Choice.objects.filter(learner=learner).exclude(course=ALL).delete()
        Choice.objects.update_or_create(learner=learner, course=ALL if wanted.everywhere else course, defaults=values)
    return chosen(user_id=user_id, course=course)


def taken(rows: Sequence[Row]) -> list[Row]:
    """The rows that may be stored: not of retired people, nor of those who keep their answers. Two queries."""
    marks = {identity.retired(row.subject): row.subject for row in rows}
    gone = {marks[mark] for mark in Retired.objects.filter(mark__in=list(marks)).values_list("mark", flat=True)}
    users = {row.user_id for row in rows if row.user_id is not None}
    kept = {
        (user_id, course): answers
        for user_id, course, answers in Choice.objects.filter(learner__user_id__in=users).values_list(
            "learner__user_id", "course", "answers"
        )
    }

    def wanted(row: Row) -> bool:
        everywhere = kept.get((row.user_id, ALL), True)
        return row.subject not in gone and kept.get((row.user_id, row.course), everywhere)

    return [row for row in rows if wanted(row)] if gone or kept else list(rows)
