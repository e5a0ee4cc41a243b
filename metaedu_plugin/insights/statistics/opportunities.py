"""The times that a learner met a skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers, Flags, Floats, Ints


@dataclass(frozen=True)
class Opportunities:
    """First attempts at items of a skill, numbered within learner and skill. Every column has length M."""

    learner: Ints
    item: Ints
    skill: Ints
    number: Ints
    """1 for the first item of the skill that the learner met, 2 for the second, …"""
    correct: Flags
    time: Floats


def opportunities(
    answers: Answers, *, skills: Sequence[str], item_skills: Mapping[str, Sequence[str]]
) -> Opportunities:
    """Opportunities of all learners; an item of two skills is one opportunity of each.

    Counting first attempts at distinct items is the convention of learning curves (Cen, Koedinger, Junker 2006).
    """
    place = {key: n for n, key in enumerate(skills)}
    tags = [[place[s] for s in item_skills.get(key, ()) if s in place] for key in answers.items]
    count = np.array([len(t) for t in tags] or [0], dtype=np.int64)
    flat = np.array([s for t in tags for s in t], dtype=np.int64)
    start = np.cumsum(count) - count

    rows = answers.first
    per_row = count[answers.item[rows]] if len(rows) else np.zeros(0, np.int64)
    repeated = np.repeat(rows, per_row)
    within = np.arange(len(repeated)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
    skill = flat[start[answers.item[repeated]] + within] if len(repeated) else np.zeros(0, np.int64)
    learner = answers.learner[repeated].astype(np.int64)
    return Opportunities(
        learner=learner,
        item=answers.item[repeated].astype(np.int64),
        skill=skill,
        number=_count_up(learner * max(len(skills), 1) + skill),
        correct=answers.correct[repeated],
        time=answers.time[repeated],
    )


def _count_up(group: Ints) -> Ints:
    """1, 2, 3, … within each group, in row order."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(group) else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, len(group)])
    number = np.empty(len(group), dtype=np.int64)
    number[order] = np.arange(len(group)) - np.repeat(starts, lengths) + 1
    return number
