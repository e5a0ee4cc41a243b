"""A plan: walk forward day by day, with the model itself as the guess of how a learner gets on."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving import reasons
from serving.context import rows
from serving.model import Model
from serving.policy import choose, days_to_review, helped_by_reading
from serving.state import code
from serving.types import PlanStep, Policy
from serving.view import ENOUGH, View

FURTHEST: Final = 8
"""Right answers in a row to look ahead; a skill that needs more is planned with that many."""
MOST_ITEMS: Final = 12
MINUTES_TO_READ: Final = 5.0
LEAST_CHANCE: Final = 0.3
MOST_DAYS: Final = 366


class Step(NamedTuple):
    """Something to do, not yet on a day; `skill` and `item` are places in the layout."""

    kind: str
    reason: str
    skill: int | None
    item: int | None
    minutes: float
    spacing: float = 0.0
    """Days after which a review follows; 0 where none does."""


@dataclass
class Agenda:
    """Reviews by the day that they fall due, and practice in its order."""

    practice: deque[Step]
    reviews: dict[int, list[Step]] = field(default_factory=dict)

    def review(self, day: int, step: Step) -> None:
        """Put a review on a day."""
        self.reviews.setdefault(day, []).append(step)


def make_plan(model: Model, view: View, policy: Policy, days: int) -> tuple[list[PlanStep], int, str]:
    """The steps in order, how many worthwhile ones do not fit into `days`, and the plan's reason.

    The first step is the next action: what a learner is told now, and what the plan begins with, are one.
    """
    if not view.layout.candidates:
        return [], 0, reasons.NO_CANDIDATES
    first = _first(view, policy)
    practice = list(_practice(view, policy, needed(model, view, policy), first))
    agenda = Agenda(deque(practice))
    _due(view, policy, agenda, first)
    steps = []
    left = [_reviewed(view, policy, first, practice)] if first else []
    for day in range(max(0, min(days, MOST_DAYS))):
        room = policy.minutes_a_day
        waiting = deque(left + agenda.reviews.pop(day, []))
        left = []
        while waiting or agenda.practice:
            queue = waiting or agenda.practice
            step = queue[0]
            # What takes longer than a day allows gets a day of its own, else it would never come.
            fits = step.minutes <= room or room == policy.minutes_a_day
            if fits:
                queue.popleft()
                room -= step.minutes
                steps.append(_told(view, step, day))
                _again(view, agenda, step, day)
            elif queue is waiting:
                left.append(queue.popleft())
            else:
                break
    left_out = len(left) + len(agenda.practice)
    if not steps and not left_out:
        return [], 0, reasons.ALL_MASTERED if view.mastered[view.layout.taught].all() else reasons.NO_CANDIDATES
    return steps, left_out, reasons.PLAN_TOO_SHORT if left_out else reasons.PLAN_READY


def needed(model: Model, view: View, policy: Policy) -> NDArray[np.intp]:
    """About how many items of each skill [U] it takes until the skill is mastered.

    The model observes one right answer after the other to fresh items, a minute apart, for all skills at once; the
    number of right answers that it takes is stretched by the chance of a wrong one in between.
    """
    size = len(view.layout.skills)
    wanted = np.zeros(size, np.intp)
    if not size or view.mastered.all():
        return wanted
    context = rows(view.context, slice(0, size))
    told = np.tile(np.array([[1, 1, 0, -1, 1]], np.float32), (size, 1))
    soon = np.full_like(context.skill_elapsed, 60)
    open_ = ~view.mastered
    for count in range(1, FURTHEST + 1):
        after = model.observe(context, told)
        elapsed = np.column_stack([soon[:, 0], context.elapsed[:, 1]])
        context = context._replace(learner=after.learner, skills=after.skills, elapsed=elapsed, skill_elapsed=soon)
        wanted[open_] = count
        reached = (model.predict(context)[0] >= policy.mastered) & (view.responses + count >= ENOUGH)
        open_ &= ~reached
        if not open_.any():
            break
    stretched = np.ceil(wanted / np.maximum(view.mean, LEAST_CHANCE)).astype(np.intp)
    return np.minimum(stretched, MOST_ITEMS)


def _first(view: View, policy: Policy) -> Step | None:
    action, _ = choose(view, policy)
    if action is None:
        return None
    layout = view.layout
    skill = None if action.skill is None else layout.place[action.skill]
    if action.item is None:
        return Step(action.kind, action.reason, skill, None, MINUTES_TO_READ)
    at = layout.candidate(code(action.item))
    assert at is not None, "a next action names a candidate"
    return Step(action.kind, action.reason, skill, at, float(layout.minutes[at]))


def _reviewed(view: View, policy: Policy, first: Step, practice: list[Step]) -> Step:
    """The first step with its review, where no later step of its skill brings one."""
    if first.kind == "review":
        if first.skill is not None and policy.reviews.get(view.layout.skills[first.skill]):
            return first
        return first._replace(spacing=2 * policy.review_after_days)
    if first.skill is None or view.mastered[first.skill] or any(step.skill == first.skill for step in practice):
        return first
    return first._replace(spacing=policy.review_after_days)


def _practice(view: View, policy: Policy, wanted: NDArray[np.intp], first: Step | None) -> Iterator[Step]:
    layout = view.layout
    open_ = np.flatnonzero(view.open)
    by_skill: dict[int, list[int]] = {}
    for at in open_[np.argsort(view.distance[open_], kind="stable")].tolist():
        for skill in layout.index[at][layout.mask[at]].tolist():
            by_skill.setdefault(skill, []).append(at)
    begun = first.skill if first else None
    used = {first.item} if first and first.item is not None else set()
    needed_first = {earlier for skill in layout.before if not view.mastered[skill] for earlier in layout.before[skill]}
    for skill in _in_order(view, begun):
        if view.mastered[skill]:
            continue
        having = by_skill.get(skill, [])
        missing = int(wanted[skill]) - sum(at in used for at in having)
        chosen = [at for at in having if at not in used][: max(0, missing)]
        used.update(chosen)
        if chosen and skill != begun and helped_by_reading(view, skill):
            yield Step("read", reasons.READ_FIRST, skill, None, MINUTES_TO_READ)
        for number, at in enumerate(chosen):
            kind, reason = "practise", reasons.WEAK_SKILL
            if skill in needed_first:
                reason = reasons.PREREQUISITE
            elif number == 0 and skill != begun and not view.responses[skill]:
                kind, reason = "advance", reasons.NEXT_SKILL
            spacing = policy.review_after_days if number == len(chosen) - 1 else 0.0
            yield Step(kind, reason, skill, at, float(layout.minutes[at]), spacing)


def _in_order(view: View, begun: int | None) -> list[int]:
    """The skill begun with, then the others in course order; each after its prerequisites, a circle cut where met."""
    order: dict[int, None] = {}
    entered: set[int] = set()
    for first in [*([] if begun is None else [begun]), *range(len(view.layout.skills))]:
        path = [first]
        while path:
            skill = path[-1]
            ahead = [] if skill in entered else [s for s in view.layout.before.get(skill, []) if s not in entered]
            entered.add(skill)
            if ahead:
                path.extend(reversed(ahead))
            else:
                order.setdefault(path.pop())
    return list(order)


def _due(view: View, policy: Policy, agenda: Agenda, first: Step | None) -> None:
    ahead = days_to_review(view, policy)
    for skill in np.flatnonzero(view.mastered & view.layout.taught & (view.days >= 0)).tolist():
        dates = policy.reviews.get(view.layout.skills[skill], ())
        begun = first is not None and first.kind == "review" and first.skill == skill
        if dates:
            for date in dates[begun:]:
                agenda.review(max(0, math.ceil(date)), _review(view, skill, 0.0))
        elif not begun:
            day = max(0, math.ceil(float(ahead[skill])))
            agenda.review(day, _review(view, skill, 2 * policy.review_after_days))


def _again(view: View, agenda: Agenda, step: Step, day: int) -> None:
    """Reviews follow at growing distances: what was kept over a gap is kept over a longer one (Cepeda et al. 2006)."""
    if step.skill is not None and step.spacing > 0:
        later = day + max(1, math.ceil(step.spacing))
        agenda.review(later, _review(view, step.skill, 2 * step.spacing))


def _review(view: View, skill: int, spacing: float) -> Step:
    flags = np.zeros(len(view.layout.skills), np.bool_)
    flags[skill] = True
    having = np.flatnonzero(view.layout.having(flags))
    at = int(having[int(view.right[having].argmin())])
    return Step("review", reasons.REVIEW_DUE, skill, at, float(view.layout.minutes[at]), spacing)


def _told(view: View, step: Step, day: int) -> PlanStep:
    return PlanStep(
        day=day,
        kind=step.kind,
        reason=step.reason,
        skill=None if step.skill is None else view.layout.skills[step.skill],
        item=None if step.item is None else view.layout.candidates[step.item].item,
        minutes=step.minutes,
    )
