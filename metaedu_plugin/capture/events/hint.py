"""`edx.problem.hint.demandhint_displayed`: a learner asked for a hint of a problem."""

from __future__ import annotations

from collections.abc import Iterator

from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Origin


def rows(event: base.Slim, origin: Origin) -> Iterator[ActivityRow]:
    """One hint."""
    block = base.text(event, "data.module_id", "context.module.usage_key")
    yield base.activity(
        event,
        origin,
        kind=Activity.Kind.HINT.value,
        user_id=base.user(event, "context.user_id"),
        course_key=base.course(event, block, "context.course_id"),
        block=block,
    )


KIND = base.Kind(name="edx.problem.hint.demandhint_displayed", keep=base.keep("module_id"), rows=rows)
