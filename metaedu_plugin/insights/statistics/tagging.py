"""Tags that do not fit: an item whose answers go with another skill than its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Floats
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.intervals import Z95, Estimate
from metaedu_plugin.insights.statistics.residuals import Residuals, within
from metaedu_plugin.insights.thresholds import MISFIT_ITEMS, MISFIT_RATIO

SURE = 4.0
"""Standard errors by which the items of a skill must go together, before anything is compared with it."""


@dataclass(frozen=True)
class Misfit:
    """An item that its skill does not explain, and another does."""

    item: str
    skill: str
    """Its tag."""
    better: str
    """The skill that its answers go with."""
    own: Estimate
    """How closely its answers go with its own skill: a loading, 0 to 1; intervals are 95 %."""
    other: Estimate
    p: float


def misfits(table: Residuals) -> list[Misfit]:
    """Items tagged with one skill whose answers go with another, for certain; one in twenty of them is false at most.

    Compared are loadings: the mean covariance of the item with a skill's other items, over the square root of the mean
    covariance among these. A course of one general ability gives equal loadings, so nothing is found in it.
    """
    common = _commonness(table)
    known = np.flatnonzero(~np.isnan(common))
    found: list[Misfit] = []
    if len(known) < 2:
        return found
    tagged = table.tags.sum(axis=1)
    for k in known:
        items = np.flatnonzero((table.tags[:, k] > 0) & (tagged == 1))
        others = known[known != k]
        if len(items):
            found += _of_skill(table, int(k), items, others, common)
    keep = discoveries([one.p for one in found])
    return [
        one for one, kept in zip(found, keep, strict=True) if kept and one.own.value < MISFIT_RATIO * one.other.value
    ]


def _commonness(table: Residuals) -> Floats:
    """Mean covariance among each skill's items, [K]; NaN where it is not known well."""
    squares = (table.value**2) @ table.tags
    found = np.full(len(table.skills), np.nan)
    for k in np.flatnonzero(table.tags.sum(axis=0) >= MISFIT_ITEMS):
        one = within(table.sums[:, k], squares[:, k], table.counts[:, k])
        if one.value > 0 and one.value > SURE * one.error:
            found[k] = one.value
    return found


def _of_skill(table: Residuals, k: int, items: np.ndarray, others: np.ndarray, common: Floats) -> list[Misfit]:
    value, seen = table.value[:, items].astype(float), table.seen[:, items].astype(float)
    rest = (table.sums[:, [k]] - value) * seen
    rest_pairs = ((table.counts[:, [k]] - 1) * seen).sum(axis=0)
    sums, pairs = table.sums[:, others].astype(float), seen.T @ table.counts[:, others]
    rest_common = _without(table, k, items, common[k])
    a = 1 / (np.maximum(pairs, 1) * np.sqrt(common[others])[None, :])
    b = 1 / (np.maximum(rest_pairs, 1) * np.sqrt(rest_common))
    other, own = (value.T @ sums) * a, (value * rest).sum(axis=0) * b
    square = value**2
    other_error = np.sqrt(a**2 * (square.T @ sums**2))
    own_error = np.sqrt(b**2 * (square * rest**2).sum(axis=0))
    mixed = a * b[:, None] * ((square * rest).T @ sums)
    error = np.sqrt(np.maximum(other_error**2 + own_error[:, None] ** 2 - 2 * mixed, 1e-18))
    z = np.where((pairs > 0) & (rest_pairs > 0)[:, None], (other - own[:, None]) / error, -np.inf)
    best = z.argmax(axis=1)
    p = np.minimum(upper_tail(z[np.arange(len(items)), best]) * len(others), 1.0)
    return [
        Misfit(
            item=table.items[items[i]],
            skill=table.skills[k],
            better=table.skills[others[best[i]]],
            own=_estimate(own[i], own_error[i], int(seen[:, i].sum())),
            other=_estimate(other[i, best[i]], other_error[i, best[i]], int(seen[:, i].sum())),
            p=float(p[i]),
        )
        for i in range(len(items))
    ]


def _without(table: Residuals, k: int, items: np.ndarray, common: float) -> Floats:
    """The skill's commonness without each of the items: one that does not belong would make it look smaller."""
    mine = np.flatnonzero(table.tags[:, k])
    value, seen = table.value[:, mine], table.seen[:, mine]
    products, pairs = (value.T @ value).astype(float), (seen.T @ seen).astype(float)
    np.fill_diagonal(products, 0)
    np.fill_diagonal(pairs, 0)
    at = np.searchsorted(mine, items)
    left = products.sum() - 2 * products.sum(axis=0)[at]
    of = pairs.sum() - 2 * pairs.sum(axis=0)[at]
    return np.maximum(left / np.maximum(of, 1), common / 2)


def _estimate(value: float, error: float, n: int) -> Estimate:
    return Estimate(float(value), float(value - Z95 * error), float(value + Z95 * error), n)
