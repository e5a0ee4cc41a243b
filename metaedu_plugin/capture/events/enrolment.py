"""`edx.course.enrollment.activated` and `.deactivated`: a learner joined or left a course."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Origin


def rows_of(kind: str) -> Callable[[base.Slim, Origin], Iterator[ActivityRow]]:
    """The transformer for joining or for leaving. The learner is `data.user_id`: staff enrol others, too."""

    def rows(event: base.Slim, origin: Origin) -> Iterator[ActivityRow]:
        yield base.activity(
            event,
            origin,
            kind=kind,
            user_id=base.user(event, "data.user_id", "context.user_id"),
            course_key=base.text(event, "data.course_id", "context.course_id"),
        )

    return rows


KEPT = base.keep("user_id", "course_id")
ACTIVATED = base.Kind(name="edx.course.enrollment.activated", keep=KEPT, rows=rows_of(Activity.Kind.ENROLLED.value))
DEACTIVATED = base.Kind(
    name="edx.course.enrollment.deactivated", keep=KEPT, rows=rows_of(Activity.Kind.UNENROLLED.value)
)
