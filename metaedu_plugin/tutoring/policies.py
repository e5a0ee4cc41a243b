"""How next actions are chosen for a learner: as the course has it set, with the reviews that fall due."""

from __future__ import annotations

import msgspec

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring.memory import review_dates
from serving.types import Policy


def policy_for(*, course: str, learner: str, now: float, days: int = 1, minutes_a_day: float | None = None) -> Policy:
    """The policy for `days` from `now` (epoch seconds); `minutes_a_day` where the learner has chosen their own pace."""
    policy = curriculum.policy(course=course)
    return msgspec.structs.replace(
        policy,
        minutes_a_day=policy.minutes_a_day if minutes_a_day is None else minutes_a_day,
        reviews=review_dates(course=course, learner=learner, now=now, days=days),
    )
