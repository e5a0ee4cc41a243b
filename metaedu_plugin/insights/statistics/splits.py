"""Skills that are really two: the items of a skill fall into two groups that do not go together."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Flags
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.intervals import Z95, Estimate
from metaedu_plugin.insights.statistics.residuals import Residuals, Table, across, spread, within
from metaedu_plugin.insights.thresholds import SPLIT_GROUP_ITEMS, SPLIT_LEARNERS, SPLIT_RELATED

ROUNDS = 20


@dataclass(frozen=True)
class Split:
    """A skill whose items are of two kinds."""

    skill: str
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    """Item keys."""
    related: Estimate
    """Correlation of the two abilities, freed of the noise of single answers; 1 where the skill is one."""
    p: float


def splits(table: Residuals, *, without: Collection[str] = ()) -> list[Split]:
    """Skills that are two, beyond noise; no more than one in twenty of what is found is false.

    The groups are formed on one half of the learners and tested on the other, and the other way round: groups that
    only fit the noise of one half do not hold in the other. Tested is whether the two abilities correlate less
    than `SPLIT_RELATED`, all noise of single answers taken out (correction for attenuation, Spearman 1904).
    """
    tested = [
        found
        for k, skill in enumerate(table.skills)
        if skill not in without and (found := _split(table, skill, np.flatnonzero(table.tags[:, k])))
    ]
    keep = discoveries([one.p for one in tested])
    return [one for one, kept in zip(tested, keep, strict=True) if kept]


def _split(table: Residuals, skill: str, items: np.ndarray) -> Split | None:
    if len(items) < 2 * SPLIT_GROUP_ITEMS:
        return None
    several = table.seen[:, items].sum(axis=1) >= 2
    value, seen = table.value[np.ix_(several, items)], table.seen[np.ix_(several, items)]
    if len(value) < SPLIT_LEARNERS:
        return None
    scores = []
    for own in (0, 1):
        group = _groups(value[own::2], seen[own::2])
        scores.append(_related(value[1 - own :: 2], seen[1 - own :: 2], group)[1])
    group = _groups(value, seen)
    related, _z = _related(value, seen, group)
    z = sum(scores) / math.sqrt(2)
    if not related.known or math.isnan(z) or min(group.sum(), (~group).sum()) < SPLIT_GROUP_ITEMS:
        return None
    names = [table.items[i] for i in items]
    both = (
        [n for n, g in zip(names, group, strict=True) if g],
        [n for n, g in zip(names, group, strict=True) if not g],
    )
    one, other = sorted(map(tuple, both), key=lambda names_: -len(names_))
    return Split(skill, (one, other), related, float(upper_tail(z)[0]))


def _groups(value: Table, seen: Table) -> Flags:
    """Two groups of items that go together: spectral start (Fiedler 1973), then each item to its nearer group."""
    pairs = seen.T @ seen
    together = np.where(pairs >= 5, (value.T @ value) / np.maximum(pairs, 1), 0.0).astype(float)
    np.fill_diagonal(together, 0.0)
    near = np.clip(together, 0, None) + 1e-6
    degree = near.sum(axis=1)
    scale = 1 / np.sqrt(degree)
    _values, vectors = np.linalg.eigh(np.eye(len(near)) - scale[:, None] * near * scale[None, :])
    group: Flags = vectors[:, 1] * scale > 0
    for _ in range(ROUNDS):
        sides = np.stack([~group, group], axis=1).astype(float)
        others = np.maximum(sides.sum(axis=0)[None, :] - sides, 1)
        mean = (together @ sides) / others
        moved: Flags = mean[:, 1] > mean[:, 0]
        if (moved == group).all() or moved.all() or not moved.any():
            break
        group = moved
    return group


def _related(value: Table, seen: Table, group: Flags) -> tuple[Estimate, float]:
    """Correlation of the two groups' abilities, and by how many standard errors it is below `SPLIT_RELATED`."""
    unknown = Estimate(float("nan"), float("nan"), float("nan"), len(value)), float("nan")
    if min(group.sum(), (~group).sum()) < 2:
        return unknown
    sums = [value[:, side].sum(axis=1) for side in (group, ~group)]
    counts = [seen[:, side].sum(axis=1) for side in (group, ~group)]
    squares = [(value[:, side] ** 2).sum(axis=1) for side in (group, ~group)]
    one, other = (within(s, q, c) for s, q, c in zip(sums, squares, counts, strict=True))
    both = across(sums[0], counts[0], sums[1], counts[1])
    if not (one.value > 0 and other.value > 0) or math.isnan(both.value):
        return unknown
    scale = math.sqrt(one.value * other.value)
    relative = (one.influence / one.value + other.influence / other.value) / 2
    related = both.value / scale
    half = Z95 * spread(both.influence / scale - related * relative)
    gap = SPLIT_RELATED * scale - both.value
    error = spread(SPLIT_RELATED * scale * relative - both.influence)
    return (
        Estimate(related, max(related - half, -1.0), min(related + half, 1.0), len(value)),
        gap / error if error > 0 else float("nan"),
    )
