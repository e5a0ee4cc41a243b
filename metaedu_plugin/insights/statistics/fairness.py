"""Whether predictions are as good for one group of learners as for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Floats, Ints
from metaedu_plugin.insights.statistics.calibration import Forecasts, clustered_share
from metaedu_plugin.insights.statistics.discoveries import discoveries
from metaedu_plugin.insights.statistics.intervals import Estimate
from metaedu_plugin.insights.statistics.ordering import area

SPLITS = 400
"""Random splits of the learners."""
LEVELS = 100
"""Steps that predictions are put into, each of as many answers."""
GRID = np.linspace(0, 1, 201)
CHUNK = 50


@dataclass(frozen=True)
class GroupFairness:
    """How good predictions are for one group, beside all others that are shown."""

    group: str
    learners: int
    area: Estimate
    """Area under the ROC curve of the group."""
    others: Estimate
    """That of the others together."""
    between: float
    """Area between the two ROC curves (ABROCA, Gardner, Brooks, Baker 2019): 0 where they are the same."""
    by_chance: float
    """Share of random splits of the learners, groups of the same sizes, with at least as large an area between."""
    usual: float
    """The area between that a random split has on average."""
    expected: float
    """Mean prediction."""
    right: Estimate
    """Share right."""
    stands_out: bool
    """Whether the area between is beyond chance, all groups considered together."""


def fairness(told: Forecasts, group: Ints, *, names: Sequence[str], least: int) -> list[GroupFairness]:
    """One entry for each group of at least so many learners, the largest first; none where there are not two of them.

    `group` gives the group of each learner, [L], an index into `names` or -1 where it is not known: such learners, and
    those of smaller groups, are left out of everything.
    """
    present = np.bincount(told.learner, minlength=len(group)) > 0
    sizes = np.bincount(group[present & (group >= 0)], minlength=len(names))
    shown = [int(g) for g in np.argsort(-sizes, kind="stable") if sizes[g] >= least]
    if len(shown) < 2:
        return []
    keep = np.isin(group[told.learner], shown)
    codes, learner = np.unique(told.learner[keep], return_inverse=True)
    some = Forecasts(learner.astype(np.int64), told.expected[keep], told.right[keep])
    mine = group[codes]
    table = _table(some, len(codes))
    seen = {g: _between(table, np.array([mine == g])) for g in shown}
    rng = np.random.default_rng(0)
    splits = np.stack([rng.permutation(mine) for _ in range(SPLITS)])
    chance = {g: _between(table, splits == g) for g in shown}
    p = [(1 + int((chance[g] >= seen[g][0]).sum())) / (SPLITS + 1) for g in shown]
    found = discoveries(p)
    made = []
    for g, share, out in zip(shown, p, found, strict=True):
        inside = mine[learner] == g
        made.append(
            GroupFairness(
                group=names[g],
                learners=int(sizes[g]),
                area=area(some.of(inside)),
                others=area(some.of(~inside)),
                between=float(seen[g][0]),
                by_chance=share,
                usual=float(chance[g].mean()),
                expected=float(some.expected[inside].mean()),
                right=clustered_share(some.right[inside], some.learner[inside]),
                stands_out=bool(out),
            )
        )
    return made


def _table(told: Forecasts, people: int) -> np.ndarray:
    """Wrong and right answers of each learner at each level, the highest level first, [L, 2, LEVELS]."""
    edges = np.unique(np.quantile(told.expected, np.linspace(0, 1, LEVELS + 1)[1:-1]))
    level = LEVELS - 1 - np.searchsorted(edges, told.expected, side="right")
    code = (told.learner * 2 + told.right.astype(np.int64)) * LEVELS + level
    return np.bincount(code, minlength=people * 2 * LEVELS).reshape(people, 2 * LEVELS).astype(np.float32)


def _between(table: np.ndarray, inside: np.ndarray) -> Floats:
    """Area between the ROC curves of those inside and all others, for each of S splits [S, L]; NaN without a curve."""
    whole = table.sum(axis=0)
    areas = []
    for start in range(0, len(inside), CHUNK):
        for mine in inside[start : start + CHUNK].astype(np.float32) @ table:
            apart = np.abs(_curve(mine) - _curve(whole - mine))
            areas.append(float((apart[1:] + apart[:-1]).mean() / 2))
    return np.array(areas)


def _curve(counts: np.ndarray) -> Floats:
    """Share of the right answers found for each share of the wrong ones, along `GRID`."""
    wrong, right = (np.concatenate([[0.0], np.cumsum(part)]) for part in (counts[:LEVELS], counts[LEVELS:]))
    if not wrong[-1] or not right[-1]:
        return np.full(len(GRID), np.nan)
    return np.interp(GRID, wrong / wrong[-1], right / right[-1])
