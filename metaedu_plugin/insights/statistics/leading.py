"""Prerequisites that the answers suggest: skills that go together more than all do, met one before the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Floats
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.intervals import Z95, Estimate
from metaedu_plugin.insights.statistics.residuals import Ratio, Residuals, across, spread, within
from metaedu_plugin.insights.thresholds import LEADS_BEFORE, LEADS_EXCESS, LEADS_GAP, LEADS_SKILLS, MIN_LEARNERS

SURE = 4.0
STRATA = 5
ROUNDS = 50


@dataclass(frozen=True)
class Lead:
    """Skill `before` seems to be needed for skill `after`."""

    before: str
    after: str
    excess: Estimate
    """Correlation of the two abilities above what all skills of the course have in common."""
    first: float
    """Share of learners who met `before` first."""
    with_it: float
    """Success at `after` of those who do well at `before`."""
    without: float
    """The same of those who do not, at equal success at all other skills."""
    gap: Estimate
    p: float


def leads(table: Residuals, *, declared: Mapping[str, Sequence[str]]) -> list[Lead]:
    """Pairs of skills beyond noise that no prerequisite connects yet; one in twenty of them is false at most.

    A general ability alone makes any two skills go together, so it is taken out: of each pair's correlation, freed of
    the noise of single answers, what one common factor of all skills explains (Spearman 1904). Where courses leave
    more than that everywhere, the errors are widened to what is usual among the course's pairs.
    """
    squares = (table.value**2) @ table.tags
    own = [within(table.sums[:, k], squares[:, k], table.counts[:, k]) for k in range(len(table.skills))]
    known = [k for k, one in enumerate(own) if one.value > 0 and one.value > SURE * one.error]
    if len(known) < LEADS_SKILLS:
        return []
    related, errors = _relations(table, known, own)
    excess = related - _common(related)
    rows, columns = np.triu_indices(len(known), 1)
    # Skills that share items go together for that reason, and what is declared is no discovery.
    joined = _joined(declared)
    apart = (table.tags.T @ table.tags)[np.ix_(known, known)][rows, columns] == 0
    names = [table.skills[k] for k in known]
    apart &= np.array([frozenset({names[a], names[b]}) not in joined for a, b in zip(rows, columns, strict=True)], bool)
    rows, columns = rows[apart], columns[apart]
    z = excess[rows, columns] / errors[rows, columns]
    usual = 1.4826 * float(np.nanmedian(np.abs(z))) if len(z) else 1.0
    widened = max(1.0, usual)
    p = upper_tail(z / widened)
    found = []
    for n in np.flatnonzero(discoveries(p)):
        a, b = known[rows[n]], known[columns[n]]
        value, half = excess[rows[n], columns[n]], Z95 * widened * errors[rows[n], columns[n]]
        if value < LEADS_EXCESS:
            continue
        told = _told(table, a, b, Estimate(float(value), float(value - half), float(value + half), 0), float(p[n]))
        if told is not None:
            found.append(told)
    return found


def _relations(table: Residuals, known: list[int], own: list[Ratio]) -> tuple[Floats, Floats]:
    """Correlations of abilities and their standard errors, [K, K]."""
    related = np.full((len(known), len(known)), np.nan)
    errors = np.full_like(related, np.nan)
    relative = [own[k].influence / own[k].value for k in known]
    for i, a in enumerate(known):
        for j in range(i):
            b = known[j]
            both = across(table.sums[:, a], table.counts[:, a], table.sums[:, b], table.counts[:, b])
            if math.isnan(both.value):
                continue
            scale = math.sqrt(own[a].value * own[b].value)
            value = both.value / scale
            error = spread(both.influence / scale - value / 2 * (relative[i] + relative[j]))
            related[i, j] = related[j, i] = value
            errors[i, j] = errors[j, i] = max(error, 1e-9)
    return related, errors


def _common(related: Floats) -> Floats:
    """What one common factor explains of each correlation, [K, K]: least absolute loadings off the diagonal.

    Medians instead of means, so that the pairs which are looked for do not pull the factor towards themselves.
    """
    known = ~np.isnan(related)
    loading = np.sqrt(np.clip(np.nanmedian(related, axis=1), 0.01, 1.0))
    for _ in range(ROUNDS):
        ratio = np.where(known, related / loading[None, :], np.nan)
        loading = np.clip((loading + np.nanmedian(ratio, axis=1)) / 2, 0.05, 1.0)
    return loading[:, None] * loading[None, :]


def _joined(declared: Mapping[str, Sequence[str]]) -> set[frozenset[str]]:
    """Pairs that prerequisites connect, also by way of others."""
    found = set()
    for skill in declared:
        ahead, met = list(declared[skill]), set()
        while ahead:
            one = ahead.pop()
            if one not in met:
                met.add(one)
                ahead += declared.get(one, ())
        found |= {frozenset({skill, one}) for one in met}
    return found


def _told(table: Residuals, a: int, b: int, excess: Estimate, p: float) -> Lead | None:
    """Which of the two comes first, and what having it is worth; none where that cannot be told."""
    met = (table.first[:, a] >= 0) & (table.first[:, b] >= 0)
    if met.sum() < MIN_LEARNERS:
        return None
    first = float((table.first[met, a] < table.first[met, b]).mean())
    if max(first, 1 - first) < LEADS_BEFORE:
        return None
    before, after = (a, b) if first >= 0.5 else (b, a)
    worth = _worth(table, before, after)
    if worth is None or worth[2].low <= 0 or worth[2].value < LEADS_GAP:
        return None
    return Lead(
        before=table.skills[before],
        after=table.skills[after],
        excess=Estimate(excess.value, excess.low, excess.high, int(met.sum())),
        first=max(first, 1 - first),
        with_it=worth[0],
        without=worth[1],
        gap=worth[2],
        p=p,
    )


def _worth(table: Residuals, before: int, after: int) -> tuple[float, float, Estimate] | None:
    """Success at `after` with and without `before`, compared within strata of equal success at all other skills."""
    own = (table.tags[:, before] > 0) | (table.tags[:, after] > 0)
    rest = table.value[:, ~own].sum(axis=1) / np.maximum(table.seen[:, ~own].sum(axis=1), 1)
    mine = table.tags[:, after] > 0
    right = (table.value[:, mine] * np.sqrt(table.success[mine] * (1 - table.success[mine])) + table.success[mine]) * (
        table.seen[:, mine]
    )
    use = (table.counts[:, before] >= 1) & (table.counts[:, after] >= 1)
    if use.sum() < MIN_LEARNERS:
        return None
    y = right[use].sum(axis=1) / table.counts[use, after]
    has = table.sums[use, before] > 0
    edges = np.quantile(rest[use], np.linspace(0, 1, STRATA + 1)[1:-1])
    stratum = np.searchsorted(edges, rest[use])
    weights, gaps, variances, ups, downs = [], [], [], [], []
    for s in range(STRATA):
        up, down = y[(stratum == s) & has], y[(stratum == s) & ~has]
        if len(up) < 2 or len(down) < 2:
            continue
        weights.append(len(up) * len(down) / (len(up) + len(down)))
        ups.append(up.mean())
        downs.append(down.mean())
        gaps.append(up.mean() - down.mean())
        variances.append(up.var(ddof=1) / len(up) + down.var(ddof=1) / len(down))
    if not weights:
        return None
    share = np.array(weights) / sum(weights)
    gap, half = float(share @ gaps), Z95 * math.sqrt(float(share**2 @ variances))
    return float(share @ ups), float(share @ downs), Estimate(gap, gap - half, gap + half, int(use.sum()))
