"""Choose the one next thing worth doing: rules in order, the first that has something to say decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from serving import reasons
from serving.types import NextAction, Policy
from serving.view import ENOUGH, Flags, View

SEVERAL: Final = 2
"""Wrong answers on a skill after which reading is suggested, and after each so many more again."""
LOW: Final = 0.5
"""Mastery below which another try helps less than reading."""
MOST_RETRIES: Final = 2
"""Wrong answers to one item after which it is not called a slip any more."""
FRONTIER: Final = 5
"""Skills, in course order, among which the next item is chosen: close to the target, and never far ahead."""

Rule = Callable[[View, Policy], NextAction | None]


def choose(view: View, policy: Policy) -> tuple[NextAction | None, str]:
    """The next action with its reason, or None with the reason why there is none."""
    if not view.layout.candidates:
        return None, reasons.NO_CANDIDATES
    for rule in RULES:
        action = rule(view, policy)
        if action is not None:
            return action, action.reason
    return None, reasons.ALL_MASTERED if view.mastered[view.layout.taught].all() else reasons.NO_CANDIDATES


def missing(view: View, skills: list[int]) -> Flags:
    """Unmastered skills [U] that come before these, however far back."""
    found = np.zeros(len(view.mastered), np.bool_)
    waiting = list(skills)
    while waiting:
        for earlier in view.layout.before.get(waiting.pop(), []):
            if not found[earlier] and not view.mastered[earlier] and earlier not in skills:
                found[earlier] = True
                waiting.append(earlier)
    return found


def helped_by_reading(view: View, skill: int) -> bool:
    """Whether reading about the skill helps more than another try.

    Only at each so many wrong answers: what was read is to be tried before it is read again. An answer that has
    just been right speaks for going on.
    """
    wrong = view.responses[skill] - view.correct[skill]
    if not view.layout.readable[skill] or view.mean[skill] >= LOW or not wrong or wrong % SEVERAL:
        return False
    return not (view.state.last_correct and skill in _at_hand(view))


def retry_slip(view: View, policy: Policy) -> NextAction | None:
    """Wrong, but known: the same item again."""
    at, hand = view.layout.candidate(view.state.last_item), _at_hand(view)
    if view.state.last_correct or at is None or not hand or view.answered[at] - view.right[at] > MOST_RETRIES:
        return None
    if (view.mean[hand] < policy.target).any() or (view.responses[hand] < ENOUGH).any():
        return None
    skill = hand[int(view.mean[hand].argmin())]
    return _action(view, policy, reasons.RETRY_SLIP, kind="retry", skill=skill, at=at)


def read_first(view: View, policy: Policy) -> NextAction | None:
    """Wrong again and again on a skill that has something to read."""
    for skill in sorted(_at_hand(view), key=lambda place: view.mean[place]):
        if helped_by_reading(view, skill):
            return _action(view, policy, reasons.READ_FIRST, kind="read", skill=skill)
    return None


def prerequisite(view: View, policy: Policy) -> NextAction | None:
    """Wrong on a skill that something unmastered comes before."""
    if view.state.last_correct or not view.layout.before:
        return None
    hand = _at_hand(view)
    flags = missing(view, [skill for skill in hand if not view.mastered[skill]])
    return _practise(view, policy, flags, reasons.PREREQUISITE)


def weak_skill(view: View, policy: Policy) -> NextAction | None:
    """The skill at hand until it is mastered."""
    flags = np.zeros(len(view.mastered), np.bool_)
    flags[_at_hand(view)] = True
    return _practise(view, policy, flags & ~view.mastered, reasons.WEAK_SKILL)


def days_to_review(view: View, policy: Policy) -> NDArray[np.float64]:
    """Days from now until the next review of each skill [U]; none or fewer where it is due."""
    days = policy.review_after_days - view.days.astype(np.float64)
    for skill, ahead in policy.reviews.items():
        if ahead and skill in view.layout.place:
            days[view.layout.place[skill]] = ahead[0]
    return days


def review_due(view: View, policy: Policy) -> NextAction | None:
    """The mastered skill that was not seen for longest."""
    due = view.mastered & view.layout.taught & (view.days >= 0) & (days_to_review(view, policy) <= 0)
    if not due.any():
        return None
    skill = int(np.where(due, view.days, -1).argmax())
    having = view.layout.having(_only(view, skill))
    unseen = having & view.open
    at = _closest(view, unseen if unseen.any() else having)
    return _action(view, policy, reasons.REVIEW_DUE, kind="review", skill=skill, at=at)


def next_skill(view: View, policy: Policy) -> NextAction | None:
    """What the course offers next."""
    layout = view.layout
    to_do = view.open & (layout.having(~view.mastered) | ~layout.mask.any(axis=1))
    first_ready = to_do & view.ready
    to_do = first_ready if first_ready.any() else to_do
    if not to_do.any():
        return None
    waiting = layout.any_of(np.flatnonzero(to_do)) & ~view.mastered
    if not waiting.any():
        return _action(view, policy, reasons.NEXT_SKILL, kind="advance", at=int(to_do.argmax()))
    frontier = np.zeros(len(waiting), np.bool_)
    frontier[np.flatnonzero(waiting)[:FRONTIER]] = True
    at = _closest(view, to_do & layout.having(frontier))
    skill = _weakest(view, at, frontier)
    held_up = [place for place in np.flatnonzero(layout.taught & ~view.mastered)[:FRONTIER] if place < skill]
    if missing(view, [int(place) for place in held_up])[skill]:
        return _action(view, policy, reasons.PREREQUISITE, skill=skill, at=at)
    if view.responses[skill]:
        return _action(view, policy, reasons.WEAK_SKILL, skill=skill, at=at)
    return _action(view, policy, reasons.NEXT_SKILL, kind="advance", skill=skill, at=at)


RULES: Final[tuple[Rule, ...]] = (retry_slip, read_first, prerequisite, weak_skill, review_due, next_skill)


def _at_hand(view: View) -> list[int]:
    return view.layout.by_codes(view.state.last_skills)


def _only(view: View, skill: int) -> Flags:
    flags = np.zeros(len(view.mastered), np.bool_)
    flags[skill] = True
    return flags


def _practise(view: View, policy: Policy, skills: Flags, reason: str) -> NextAction | None:
    if not skills.any():
        return None
    fitting = view.open & view.layout.having(skills) & view.ready
    just_done = view.layout.candidate(view.state.last_item)
    if just_done is not None and fitting.sum() > 1:
        fitting[just_done] = False
    if not fitting.any():
        return None
    at = _closest(view, fitting)
    return _action(view, policy, reason, skill=_weakest(view, at, skills), at=at)


def _closest(view: View, fitting: Flags) -> int:
    return int(np.where(fitting, view.distance, np.inf).argmin())


def _weakest(view: View, candidate: int, among: Flags) -> int:
    places = view.layout.index[candidate][view.layout.mask[candidate]]
    fitting = places[among[places]]
    return int(fitting[view.mean[fitting].argmin()])


def _action(
    view: View, policy: Policy, reason: str, *, kind: str = "practise", skill: int | None = None, at: int | None = None
) -> NextAction:
    evidence = {"target": policy.target, "mastered": policy.mastered}
    chance = None if at is None else float(view.chance[at])
    if chance is not None:
        evidence["probability"] = chance
    if skill is not None:
        evidence["mastery"] = float(view.mean[skill])
        evidence["responses"] = float(view.responses[skill])
        evidence["correct"] = float(view.correct[skill])
        evidence["wrong"] = float(view.responses[skill] - view.correct[skill])
        if view.days[skill] >= 0:
            evidence["days"] = float(view.days[skill])
    return NextAction(
        kind=kind,
        reason=reason,
        skill=None if skill is None else view.layout.skills[skill],
        item=None if at is None else view.layout.candidates[at].item,
        probability=chance,
        evidence=evidence,
    )
