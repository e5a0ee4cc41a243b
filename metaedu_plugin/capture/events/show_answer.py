"""`showanswer`: a learner had the answer of a problem shown."""

from __future__ import annotations

from collections.abc import Iterator

from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Origin


def rows(event: base.Slim, origin: Origin) -> Iterator[ActivityRow]:
    """One shown answer."""
    block = base.text(event, "data.problem_id", "context.module.usage_key")
    yield base.activity(
        event,
        origin,
        kind=Activity.Kind.SHOW_ANSWER.value,
        user_id=base.user(event, "context.user_id"),
        course_key=base.course(event, block, "context.course_id"),
        block=block,
    )


KIND = base.Kind(name="showanswer", keep=base.keep("problem_id"), rows=rows)
