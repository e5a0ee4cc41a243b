"""`edx.completion.block_completion.changed`: a learner finished a block."""

from __future__ import annotations

from collections.abc import Iterator

from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Malformed, Origin


def rows(event: base.Slim, origin: Origin) -> Iterator[ActivityRow]:
    """One completion; nothing for a block that was only begun or taken back.

    The learner is the event's `data.user_id`: the context names who was logged in, who may be staff.
    """
    done = event["data"]["completion"]
    if not isinstance(done, int | float):
        raise Malformed("missing_field", f"{event['name']}: data.completion is missing or not a number")
    if done < 1:
        return
    block = base.text(event, "data.block_id")
    yield base.activity(
        event,
        origin,
        kind=Activity.Kind.COMPLETION.value,
        user_id=base.user(event, "data.user_id", "context.user_id"),
        course_key=base.course(event, block, "data.course_id", "data.context_key", "context.course_id"),
        block=block,
    )


KIND = base.Kind(
    name="edx.completion.block_completion.changed",
    keep=base.keep("user_id", "course_id", "context_key", "block_id", "completion"),
    rows=rows,
)
