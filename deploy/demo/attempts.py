"""What a learner can do with a problem. The rules work on a state in memory, whoever stores it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.demo import events, grading
from deploy.demo.content import Course, Problem
from deploy.demo.events import By
from deploy.demo.models import ProblemState

WRONG_BEFORE_ANSWER = 2


class Refused(Exception):
    """The platform does not allow this now; the text is for the learner."""


def check(
    state: ProblemState,
    course: Course,
    problem: Problem,
    answers: Mapping[str, Sequence[str]],
    *,
    by: By,
) -> tuple[grading.Graded, events.Event]:
    """Grade the answers and count the try; raises grading.Incomplete with the state unchanged."""
    graded = grading.grade(problem, answers)
    event = events.problem_check(
        course,
        problem,
        graded,
        before={
            "attempts": state.attempts,
            "student_answers": state.student_answers,
            "correct_map": state.correct_map,
        },
        by=by,
    )
    state.attempts += 1
    state.answers = {name: list(answers[name]) for name, _ in problem.inputs()}
    state.student_answers = event["data"]["answers"]
    state.correct_map = event["data"]["correct_map"]
    state.right = state.right or graded.right
    return graded, event


def next_hint(state: ProblemState, course: Course, problem: Problem, *, by: By) -> tuple[int, events.Event]:
    """The index of the next hint; after the last one they start again, as on the platform."""
    index = state.hints % len(problem.hints)
    state.hints += 1
    return index, events.hint_displayed(course, problem, index=index, by=by)


def may_show_answer(state: ProblemState) -> bool:
    """After two wrong tries, or when it was right."""
    return bool(state.right or state.attempts >= WRONG_BEFORE_ANSWER)


def show_answer(state: ProblemState, course: Course, problem: Problem, *, by: By) -> events.Event:
    """Note that the answer was shown; raises Refused before it may be."""
    if not may_show_answer(state):
        raise Refused(f"The answer is shown after {WRONG_BEFORE_ANSWER} tries.")
    state.answer_shown = True
    return events.show_answer(course, problem, by=by)
