"""Groups of learners who behave alike: k-means over how they work and how they fare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers, Floats, Ints
from metaedu_plugin.insights.statistics.learners import LearnerStatistics
from metaedu_plugin.insights.thresholds import GROUP_CLEAR, GROUP_LEARNERS, QUIET_ANSWERS

TRAITS = ("success", "days", "answers", "hints", "tries", "time")
"""Right at first attempts beyond what the items lead to expect; days with answers; answers; share of items with a hint;
responses for each item; time for each first attempt against the item's usual."""
MOST_GROUPS = 5
STARTS, ROUNDS, SAMPLE = 5, 30, 400
CROWDS, MARGIN = 5, 0.03
SMALLEST = 0.05
"""Share of the learners that a group must have."""


@dataclass(frozen=True)
class Group:
    """Learners who behave alike."""

    learners: tuple[str, ...]
    """Pseudonyms."""
    traits: dict[str, float]
    """Mean of each trait in standard deviations from the class's mean; only what tells learners of this class apart."""


def groups(answers: Answers, learners: list[LearnerStatistics]) -> list[Group]:
    """The groups of a class, the largest first; none where learners are one crowd.

    As many groups as the silhouette (Rousseeuw 1987) likes best. A crowd can be cut in parts, too, so there are groups
    only where the parts are clearer than those of `CROWDS` crowds with the same traits and correlations (normal,
    without groups), and than `GROUP_CLEAR`.
    """
    who = np.array([n for n, one in enumerate(learners) if one.answers >= QUIET_ANSWERS], dtype=np.int64)
    if len(who) < GROUP_LEARNERS:
        return []
    names, table = _table(answers, learners)
    table = table[who]
    varied = table.std(axis=0) > 1e-6
    if varied.sum() < 2:
        return []
    names = [name for name, keep in zip(names, varied, strict=True) if keep]
    table = np.clip((table[:, varied] - table[:, varied].mean(axis=0)) / table[:, varied].std(axis=0), -3, 3)
    rng = np.random.default_rng(0)
    sample = table[np.sort(rng.choice(len(table), min(SAMPLE, len(table)), replace=False))]
    centre, clear = _clearest(sample, rng)
    if centre is None or clear < GROUP_CLEAR:
        return []
    spread = np.cov(sample, rowvar=False)
    crowds = [np.clip(rng.multivariate_normal(np.zeros(len(names)), spread, len(sample)), -3, 3) for _ in range(CROWDS)]
    if clear < max(_clearest(crowd, rng)[1] for crowd in crowds) + MARGIN:
        return []
    best = _squares(table, centre).argmin(axis=1)
    made = [
        Group(
            learners=tuple(learners[n].learner for n in who[best == g]),
            traits={name: float(mean) for name, mean in zip(names, table[best == g].mean(axis=0), strict=True)},
        )
        for g in range(int(best.max()) + 1)
    ]
    return sorted((one for one in made if one.learners), key=lambda one: (-len(one.learners), one.learners))


def _table(answers: Answers, learners: list[LearnerStatistics]) -> tuple[list[str], Floats]:
    """One row of `TRAITS` for each learner."""
    people, size = len(learners), max(len(answers.items), 1)
    first = answers.first
    item, learner = answers.item[first], answers.learner[first]
    n = np.maximum(np.bincount(item, minlength=size), 1)
    x = answers.correct[first].astype(float)
    success = _mean(x - (np.bincount(item, x, size) / n)[item], learner, people)
    pairs, at = np.unique(answers.pair, return_inverse=True)
    hinted = (np.bincount(at, answers.hints > 0, len(pairs)) > 0).astype(float)
    known = ~np.isnan(answers.seconds[first]) & (answers.seconds[first] > 0)
    pace = np.log(answers.seconds[first][known].astype(float))
    usual = _mean(pace, item[known], size)
    time = _mean(pace - usual[item[known]], learner[known], people)
    answered = np.array([one.answers for one in learners], float)
    items = np.array([one.items for one in learners], float)
    return list(TRAITS), np.stack(
        [
            success,
            np.log1p(np.array([one.days for one in learners], float)),
            np.log1p(answered),
            _mean(hinted, (pairs // size).astype(np.int64), people),
            np.log(answered / np.maximum(items, 1)),
            time,
        ],
        axis=1,
    )


def _mean(values: np.ndarray, group: np.ndarray, size: int) -> Floats:
    return np.bincount(group, values, size) / np.maximum(np.bincount(group, minlength=size), 1)


def _clearest(table: Floats, rng: np.random.Generator) -> tuple[Floats | None, float]:
    """Centres of the clearest cut in two to `MOST_GROUPS` groups, and its silhouette."""
    best, clear = None, -1.0
    for k in range(2, MOST_GROUPS + 1):
        centre = _k_means(table, k, rng)
        label = _squares(table, centre).argmin(axis=1)
        if np.bincount(label, minlength=k).min() < max(SMALLEST * len(table), 3):
            continue
        found = _silhouette(table, label)
        if found > clear:
            best, clear = centre, found
    return best, clear


def _k_means(table: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Centres of the best of several starts (k-means++, Arthur, Vassilvitskii 2007; Lloyd's rounds)."""
    best, least = table[:k], np.inf
    for _ in range(STARTS):
        centre = table[[rng.integers(len(table))]]
        # A class may have fewer kinds of rows than k.
        while len(centre) < k and (near := _squares(table, centre).min(axis=1)).sum() > 0:
            centre = np.vstack([centre, table[rng.choice(len(table), p=near / near.sum())]])
        label = np.full(len(table), -1, np.int64)
        for _round in range(ROUNDS):
            moved = _squares(table, centre).argmin(axis=1)
            if (moved == label).all():
                break
            label = moved
            for g in range(k):
                if (label == g).any():
                    centre[g] = table[label == g].mean(axis=0)
        cost = float(_squares(table, centre).min(axis=1).sum())
        if cost < least:
            best, least = centre, cost
    return best


def _squares(table: Floats, centre: Floats) -> Floats:
    return np.maximum((table**2).sum(axis=1)[:, None] + (centre**2).sum(axis=1)[None, :] - 2 * table @ centre.T, 0.0)


def _silhouette(table: Floats, label: Ints) -> float:
    """Mean silhouette width."""
    distance = np.sqrt(_squares(table, table))
    kinds = np.unique(label)
    if len(kinds) < 2:
        return -1.0
    total = np.stack([distance[:, label == g].sum(axis=1) for g in kinds], axis=1)
    n = np.array([(label == g).sum() for g in kinds])
    own = np.searchsorted(kinds, label)
    row = np.arange(len(table))
    inside = total[row, own] / np.maximum(n[own] - 1, 1)
    mean = total / n
    mean[row, own] = np.inf
    outside = mean.min(axis=1)
    width = np.where(n[own] > 1, (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9), 0.0)
    return float(width.mean())
