"""`edx.grades.problem.state_deleted`: an instructor reset what a learner did with a problem."""

from __future__ import annotations

from collections.abc import Iterator

from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Origin


def rows(event: base.Slim, origin: Origin) -> Iterator[ActivityRow]:
    """One reset: it makes the learner's responses of before invalid.

    The learner is `data.user_id`: the context names the instructor.
    """
    block = base.text(event, "data.problem_id")
    yield base.activity(
        event,
        origin,
        kind=Activity.Kind.RESET.value,
        user_id=base.user(event, "data.user_id"),
        course_key=base.course(event, block, "data.course_id", "context.course_id"),
        block=block,
        as_placed=True,
    )


KIND = base.Kind(
    name="edx.grades.problem.state_deleted", keep=base.keep("user_id", "course_id", "problem_id"), rows=rows
)
