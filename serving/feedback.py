"""What a response says about its learner."""

from __future__ import annotations

from typing import Final

from serving import reasons
from serving.intake import Intake, array
from serving.model import Model
from serving.types import Candidate, CourseMap, Mastery, Policy, Response
from serving.view import Layout, look, masteries

EXPECTED: Final = 0.5
"""Chance of success from which a right answer is what was expected."""


def alone(response: Response) -> Layout:
    """The layout of a course that has nothing but the response's item."""
    return Layout(CourseMap(candidates=(Candidate(item=response.item, skills=response.skills),)))


def before(
    model: Model, taken: Intake, response: Response, layout: Layout, policy: Policy
) -> tuple[float, tuple[Mastery, ...]]:
    """The chance of success that was given to the response, and the mastery of its skills, before it came."""
    view = look(model, layout, taken.before, array(taken.counts, layout.batch), now=response.time, policy=policy)
    return float(view.chance[0]), tuple(masteries(view, [layout.place[skill] for skill in response.skills]))


def reason_of(response: Response, expected: float, earlier: tuple[Mastery, ...], later: tuple[Mastery, ...]) -> str:
    """The stable code of what the response says."""
    if not earlier:
        return reasons.NO_SKILL
    if any(b.status == "mastered" != a.status for a, b in zip(earlier, later, strict=True)):
        return reasons.SKILL_MASTERED
    if not any(each.responses for each in earlier):
        return reasons.FIRST_RESPONSE
    if response.correct:
        return reasons.RIGHT_AS_EXPECTED if expected >= EXPECTED else reasons.RIGHT_SURPRISE
    return reasons.WRONG_SURPRISE if expected >= EXPECTED else reasons.WRONG_AS_EXPECTED
