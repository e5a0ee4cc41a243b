"""What a response says about its learner."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from serving import reasons
from serving.model import Model
from serving.policy import choose
from serving.types import UNKNOWN, Candidate, CourseMap, Feedback, Mastery, Next, Policy, Response
from serving.view import Layout, View

EXPECTED: Final = 0.5
"""Chance of success from which a right answer is what was expected."""


@lru_cache(maxsize=4096)
def alone(item: str, skills: tuple[str, ...]) -> Layout:
    """The layout of a course that has nothing but an item."""
    return Layout(CourseMap(candidates=(Candidate(item=item, skills=skills),)))


def feedback(
    response: Response,
    expected: float,
    earlier: tuple[Mastery, ...],
    later: tuple[Mastery, ...],
    then: Next,
    *,
    new: bool = True,
) -> Feedback:
    """What the learner is told; `expected` is the chance of success that was predicted before.

    Of a response that is not `new` nothing was: the learner's state held it already.
    """
    return Feedback(
        response=response.id,
        correct=response.correct,
        reason=reason_of(response, expected, earlier, later),
        before=earlier,
        after=later,
        next=then,
        model=then.model,
        source=then.source,
        expected=expected if new else UNKNOWN,
    )


def next_of(model: Model, view: View, policy: Policy) -> Next:
    """The next action, or none with the reason."""
    action, reason = choose(view, policy)
    return Next(action=action, reason=reason, model=model.name, source=model.source)


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
