"""What the answers say about each skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.curves import Curve, learning_curve
from metaedu_plugin.insights.statistics.gain import practice_gain
from metaedu_plugin.insights.statistics.intervals import Estimate, share
from metaedu_plugin.insights.statistics.opportunities import Opportunities


@dataclass(frozen=True)
class SkillStatistics:
    """One skill."""

    key: str
    items: int
    """Items of the course that are tagged with it."""
    learners: int
    answers: int
    """First attempts at its items."""
    success: Estimate
    """Share right at the first attempt, with its 95 % interval."""
    gain: Estimate
    """Practice gain from the first to the fifth item, within learners; `n` is learners."""
    curve: Curve


def skill_statistics(
    met: Opportunities, *, skills: Sequence[str], items_of_skill: Mapping[str, int]
) -> list[SkillStatistics]:
    """Statistics of every skill, in the given order, also of those that nobody met yet."""
    order = np.argsort(met.skill, kind="stable")
    edges = np.searchsorted(met.skill[order], np.arange(len(skills) + 1))
    found = []
    for n, key in enumerate(skills):
        rows = order[edges[n] : edges[n + 1]]
        correct = met.correct[rows]
        found.append(
            SkillStatistics(
                key=key,
                items=items_of_skill.get(key, 0),
                learners=len(np.unique(met.learner[rows])),
                answers=len(rows),
                success=share(float(correct.sum()), len(rows)),
                gain=practice_gain(met.learner[rows], met.item[rows], met.number[rows], correct),
                curve=learning_curve(met.number[rows], correct),
            )
        )
    return found
