"""`problem_rescore` and `edx.grades.problem.rescored`: answers of before, graded again.

One rescore of a problem sends both: `problem_rescore` says what became of each input of the last attempt, the other
only what the problem got, and is left aside. Other blocks send the second alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.events import base, problem_check, score
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Origin, Row


def keep(data: Mapping[str, Any]) -> base.Slim:
    """As of `problem_check`, whose points have other names here; `student` is a name and is dropped."""
    return problem_check.keep(
        {
            **data,
            "grade": data.get("new_score", data.get("grade")),
            "max_grade": data.get("new_total", data.get("max_grade")),
        }
    )


def rows(event: base.Slim, origin: Origin) -> Iterator[Row]:
    """All responses of before are invalid; each graded input of the last attempt has a new one.

    The context names the learner: the platform grades again in the learner's name, whoever asked for it.
    """
    answers = list(problem_check.rows(event, origin))
    block = base.text(event, "data.problem_id", "context.module.usage_key")
    done = _rescored(event, origin, base.user(event, "context.user_id"), block)
    yield done
    for answer in answers:
        answer.graded = done.time
        yield answer


def rows_of_grade(event: base.Slim, origin: Origin) -> Iterator[Row]:
    """All responses of before are invalid, and the new score is a response; nothing for a problem."""
    user_id = base.user(event, "data.user_id")
    block = base.text(event, "data.problem_id")
    if score.is_problem(block):
        return
    done = _rescored(event, origin, user_id, block)
    yield done
    earned, possible = event["data"]["new_weighted_earned"], event["data"]["new_weighted_possible"]
    if not possible:
        return
    yield score.response(
        event,
        origin,
        key=identity.key(event["name"], user_id, block, identity.microseconds(done.time)),
        user_id=user_id,
        block=block,
        share=score.share(event, earned, possible),
        graded=done.time,
    )


def _rescored(event: base.Slim, origin: Origin, user_id: int, block: str) -> ActivityRow:
    return base.activity(
        event,
        origin,
        kind=Activity.Kind.RESCORED.value,
        user_id=user_id,
        course_key=base.course(event, block, "data.course_id", "context.course_id"),
        block=block,
        as_placed=True,
    )


PROBLEM = base.Kind(name="problem_rescore", keep=keep, rows=rows)
GRADE = base.Kind(
    name="edx.grades.problem.rescored",
    keep=base.keep("user_id", "course_id", "problem_id", "new_weighted_earned", "new_weighted_possible"),
    rows=rows_of_grade,
)
