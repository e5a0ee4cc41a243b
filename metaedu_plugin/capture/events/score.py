"""A score that changed: what blocks send that are no problems, such as drag and drop, open responses, staff's grades.

No tracking event: `openedx` makes it of the platform's signal PROBLEM_WEIGHTED_SCORE_CHANGED.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import Malformed, Origin, ResponseRow, Row

PROBLEM = re.compile(r"\+type@problem\+block@|^i4x://[^/]+/[^/]+/problem/|^lb:[^:]+:[^:]+:problem:")


def is_problem(block: str) -> bool:
    """Whether a usage key is that of a problem, which sends `problem_check`."""
    return PROBLEM.search(block) is not None


def rows(event: base.Slim, origin: Origin) -> Iterator[Row]:
    """One response with the share of the points; one reset for a score that was deleted.

    Of a problem only what an external grader says counts: for all else its `problem_check` says more.
    """
    data = event["data"]
    user_id = base.user(event, "data.user_id")
    block = base.text(event, "data.usage_id")
    if data["deleted"]:
        yield base.activity(
            event,
            origin,
            kind=Activity.Kind.RESET.value,
            user_id=user_id,
            course_key=base.course(event, block, "data.course_id"),
            block=block,
            as_placed=True,
        )
    elif data["possible"] and (data["by_grader"] or not is_problem(block)):
        yield response(
            event,
            origin,
            key=identity.key(event["name"], user_id, block, identity.microseconds(base.time(event))),
            user_id=user_id,
            block=block,
            share=share(event, data["earned"], data["possible"]),
        )


def response(
    event: base.Slim,
    origin: Origin,
    *,
    key: str,
    user_id: int,
    block: str,
    share: float,
    graded: datetime | None = None,
) -> ResponseRow:
    """A response to a block as a whole; only full points are correct."""
    return ResponseRow(
        key=key,
        subject=f"user:{user_id}",
        user_id=user_id,
        course=base.course(event, block, "data.course_id", "context.course_id"),
        problem=base.identity_of(event, block),
        block=block,
        item=base.identity_of(event, block),
        correct=share >= 1,
        score=share,
        attempt=None,
        time=base.time(event),
        graded=graded,
        origin=origin,
    )


def share(event: base.Slim, earned: Any, possible: Any) -> float:
    """Points earned of points possible, 0 to 1."""
    for points in (earned, possible):
        if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < float("inf"):
            raise Malformed("missing_field", f"{event['name']}: {points!r} is no number of points")
    # Weights leave full points a last digit short: three thirds of 0.7 are 0.6999999999999998.
    return min(1.0, round(float(earned) / float(possible), 9))


KIND = base.Kind(
    name="metaedu.score",
    keep=base.keep("user_id", "course_id", "usage_id", "earned", "possible", "deleted", "by_grader"),
    rows=rows,
)
