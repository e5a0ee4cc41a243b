"""The course's own order instead of suggestions, for learners whom an experiment gives it to.

Nothing else differs for them: what is said of an answer, hints, map and mastery are everybody's.
"""

from __future__ import annotations

from typing import Final

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.tutoring import dismissed
from serving import reasons
from serving.types import Candidate, Next, NextAction, Plan, PlanStep

SOURCE: Final = "course"
"""Where such an answer comes from: from no model."""
ADVANCE: Final = "advance"


def next_for(*, course: str, learner: str) -> Next | None:
    """The next item that the learner has not answered; None for who gets suggestions."""
    if not experiment.follows_order(course=course, learner=learner):
        return None
    ahead, nothing = _ahead(course=course, learner=learner)
    if not ahead:
        return Next(action=None, reason=nothing, model="", source=SOURCE)
    first = ahead[0]
    action = NextAction(kind=ADVANCE, reason=reasons.COURSE_ORDER, skill=_skill(first), item=first.item)
    return Next(action=action, reason=reasons.COURSE_ORDER, model="", source=SOURCE)


def plan_for(*, course: str, learner: str, days: int, minutes_a_day: float) -> Plan | None:
    """What the learner has not answered, so many minutes on each day; None for who gets suggestions."""
    if not experiment.follows_order(course=course, learner=learner):
        return None
    ahead, nothing = _ahead(course=course, learner=learner)
    steps: list[PlanStep] = []
    day, left = 0, minutes_a_day
    for each in ahead:
        # What is longer than a day is begun on a day of its own.
        if each.minutes > left and left < minutes_a_day:
            day, left = day + 1, minutes_a_day
        if day >= days:
            break
        left -= each.minutes
        steps.append(
            PlanStep(
                day=day,
                kind=ADVANCE,
                reason=reasons.COURSE_ORDER,
                skill=_skill(each),
                item=each.item,
                minutes=each.minutes,
            )
        )
    left_out = len(ahead) - len(steps)
    reason = reasons.PLAN_TOO_SHORT if left_out else reasons.PLAN_READY
    if not ahead:
        reason = nothing
    return Plan(steps=tuple(steps), days=days, left_out=left_out, reason=reason, model="", source=SOURCE)


def _ahead(*, course: str, learner: str) -> tuple[list[Candidate], str]:
    """What is left, in course order, without what the learner dismissed, and the reason to give where nothing is.

    A problem has one entry or one a part.
    """
    answered: set[str] = set()
    for row in capture.responses(course=course, learner=learner):
        answered |= {row.item, row.problem}
    found = dismissed.course_map(course=course, learner=learner).candidates
    nothing = reasons.ALL_ANSWERED if found else reasons.NO_CANDIDATES
    return [each for each in found if each.item not in answered], nothing


def _skill(candidate: Candidate) -> str | None:
    return candidate.skills[0] if candidate.skills else None
