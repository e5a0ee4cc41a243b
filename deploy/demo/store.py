"""Where the platform keeps what a learner does: load a state, apply a rule, store it, emit the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from deploy.demo import attempts, events, grading
from deploy.demo.content import Course, Problem, Unit
from deploy.demo.models import Enrolment, PageRead, ProblemState


def enrol(*, user: Any, course: Course) -> None:
    """Join the course, once."""
    now = timezone.now()
    _, new = Enrolment.objects.get_or_create(user=user, course=course.key, defaults={"since": now})
    if new:
        events.emit(events.enrolled(course, by=_by(user)))


def states(*, user: Any) -> dict[str, ProblemState]:
    """The user's states by problem."""
    return {state.problem: state for state in ProblemState.objects.filter(user=user)}


def pages_read(*, user: Any) -> set[str]:
    """Units whose page the user has read."""
    return set(PageRead.objects.filter(user=user).values_list("unit", flat=True))


def check(
    *, user: Any, course: Course, problem: Problem, answers: Mapping[str, Sequence[str]]
) -> tuple[ProblemState, grading.Graded, datetime]:
    """Grade the answers; raises grading.Incomplete. Returns the state, the marks and the event's time."""
    with transaction.atomic():
        state = _locked(user, problem)
        by = _by(user)
        graded, event = attempts.check(state, course, problem, answers, by=by)
        state.save()
    events.emit(event)
    return state, graded, by.time


def hint(*, user: Any, course: Course, problem: Problem) -> tuple[ProblemState, int]:
    """Show the next hint; returns the state and the hint's index."""
    with transaction.atomic():
        state = _locked(user, problem)
        index, event = attempts.next_hint(state, course, problem, by=_by(user))
        state.save()
    events.emit(event)
    return state, index


def show_answer(*, user: Any, course: Course, problem: Problem) -> ProblemState:
    """Show the answer; raises attempts.Refused before it may be."""
    with transaction.atomic():
        state = _locked(user, problem)
        event = attempts.show_answer(state, course, problem, by=_by(user))
        state.save()
    events.emit(event)
    return state


def read_page(*, user: Any, course: Course, unit: Unit) -> None:
    """Note that the unit's page was read, once."""
    _, new = PageRead.objects.get_or_create(user=user, unit=unit.key)
    if new:
        events.emit(events.page_read(course, unit.key, by=_by(user)))


def _by(user: Any) -> events.By:
    return events.By(user.pk, user.get_username(), timezone.now())


def _locked(user: Any, problem: Problem) -> ProblemState:
    """The state, held until the transaction ends: two quick clicks are two tries, not one."""
    ProblemState.objects.get_or_create(user=user, problem=problem.id)
    return ProblemState.objects.select_for_update().get(user=user, problem=problem.id)
