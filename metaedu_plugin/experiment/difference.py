"""What an experiment comes to: the difference between the groups, how sure it is, and how many learners it takes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.stats import binomtest, t

from metaedu_plugin.experiment import levels, planning, sequential
from metaedu_plugin.experiment.data import Difference, Group
from metaedu_plugin.experiment.firsts import Firsts, Flags, Floats

FEWEST: Final = 20
"""Learners of each group with new answers, below which nothing is said."""


def compare(firsts: Firsts, *, share: float, smallest: float) -> Difference:
    """The outcome that docs/decisions/0020 fixes; by the groups as they were drawn, whatever learners did with it."""
    learners = len(firsts.learners)
    new, _ = firsts.after.counts(learners)
    there = new > 0
    suggestions = _group(firsts, ~firsts.in_order, left=firsts.left[0])
    course_order = _group(firsts, firsts.in_order, left=firsts.left[1])
    both = int(there.sum())
    drawn = binomtest(int(firsts.in_order[there].sum()), both, share).pvalue if both else 1.0
    chance = float(drawn)
    if min(suggestions.learners, course_order.learners) < FEWEST:
        return Difference(suggestions=suggestions, course_order=course_order, verdict="too_few", chance=chance)
    z = _columns(firsts)
    found = levels.fit(firsts.after, z)
    effect, se = float(found.coefficient[1]), math.sqrt(float(found.covariance[0, 0]))

    def share_of(logits: float) -> float:
        """A difference in logits as one in shares, over all who are there."""
        order = z[there].copy()
        order[:, 1] = 0.0
        base = order @ found.coefficient
        return found.expected(base + logits) - found.expected(base)

    half = sequential.half_width(se, planned=planning.information(smallest=smallest))
    usual = float(t.ppf(1 - sequential.ERROR / 2, both - z.shape[1])) * se
    low, high = share_of(effect - half), share_of(effect + half)
    slope = (share_of(0.1) - share_of(-0.1)) / 0.2
    needed = sequential.information_for(smallest / slope) * se * se * both
    verdict = _verdict(low, high, smallest)
    return Difference(
        suggestions=suggestions,
        course_order=course_order,
        verdict=verdict,
        value=share_of(effect),
        low=low,
        high=high,
        usual_low=share_of(effect - usual),
        usual_high=share_of(effect + usual),
        more=max(0, math.ceil(needed) - both),
        chance=chance,
    )


def _verdict(low: float, high: float, smallest: float) -> str:
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "no_matter" if -smallest < low and high < smallest else "open"


def _columns(firsts: Firsts) -> Floats:
    """Ones, suggestions or not, the level before, and whether there is one; [L, Q]."""
    learners = len(firsts.learners)
    columns = [np.ones(learners), (~firsts.in_order).astype(float)]
    old, _ = firsts.before.counts(learners)
    known = old > 0
    if known.any():
        before = levels.fit(firsts.before, np.ones((learners, 1)))
        columns.append(np.where(known, before.mean - before.coefficient[0], 0.0))
        if not known.all():
            columns.append(known.astype(float))
    return np.column_stack(columns)


def _group(firsts: Firsts, members: Flags, *, left: int) -> Group:
    learners = len(firsts.learners)
    old, old_right = firsts.before.counts(learners)
    new, new_right = firsts.after.counts(learners)
    there = members & (new > 0)
    total = int(old[there].sum())
    return Group(
        learners=int(there.sum()),
        answers=int(new[there].sum()),
        right=int(new_right[there].sum()),
        before=float(old_right[there].sum() / total) if total else None,
        left=left,
    )
