"""The gate between a candidate and the champion's place: promote on evidence, else say why not.

The difference of the mean log losses is bootstrapped over learners, because responses of one learner are not
independent (Field & Welsh 2007, "Bootstrapping clustered data"). With few learners the percentile interval is too
narrow; its tails are moved out as far as Student's t asks (Hesterberg 2015, "What Teachers Should Know About the
Bootstrap", expanded percentile interval).
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.registry.comparison import Comparison, Decision

BETTER: Final = "better"
CHEAPER: Final = "not_worse_and_cheaper"
BETTER_THAN_BASELINE: Final = "better_than_baseline"
WORSE: Final = "worse"
NO_BETTER: Final = "no_better"
NO_BETTER_THAN_BASELINE: Final = "no_better_than_baseline"
NOT_ENOUGH_DATA: Final = "not_enough_data"
CHAMPION_CHANGED: Final = "champion_changed"
NOT_FINITE: Final = "losses_not_finite"
BUNDLE_BROKEN: Final = "bundle_broken"
REFUSALS: Final = frozenset({WORSE, NO_BETTER, NO_BETTER_THAN_BASELINE, NOT_FINITE, BUNDLE_BROKEN})
"""Reasons that speak against the version itself; after any other one it stays a candidate."""

DRAWS: Final = 2000
SEED: Final = 20_240_229
TAIL: Final = 0.025
LEARNERS: Final = 20
"""Fewer learners than this are not enough to take the place of a champion."""
FEWEST: Final = 5
"""Fewer learners than this have no interval worth the name."""
MARGIN: Final = 0.002
"""Nats per response by which a cheaper candidate may at most be worse (the interval's upper end)."""
CHEAPER_BY: Final = 0.9
"""A candidate is cheaper when it costs at most this share: smaller differences are the clock's noise."""
CHUNK: Final = 4_000_000


def judge(comparison: Comparison, *, champion: str | None) -> Decision:
    """Decide on a candidate. `champion` is the name of the version in place now, None when there is none."""
    if champion is not None and comparison.reference_name != champion:
        return Decision(promote=False, reason=CHAMPION_CHANGED, reference=comparison.reference_name)
    figures = measure(comparison)
    promote, reason = _verdict(figures, has_champion=champion is not None)
    return Decision(
        promote=promote,
        reason=reason,
        reference=comparison.reference_name,
        figures={name: value for name, value in figures.items() if np.isfinite(value)},
        tables=comparison.tables,
    )


def measure(comparison: Comparison) -> dict[str, float]:
    """The figures that the verdict is made of; the interval is missing when there are fewer than `FEWEST` learners."""
    ours = np.array([loss for loss, _ in comparison.candidate], dtype=np.float64)
    theirs = np.array([loss for loss, _ in comparison.reference], dtype=np.float64)
    counts = np.array([n for _, n in comparison.candidate], dtype=np.float64)
    total = float(counts.sum())
    figures = {"learners": float(len(counts)), "responses": total, "margin": MARGIN, "draws": float(DRAWS)}
    figures |= {f"cost_{who}": float(cost) for who, cost in comparison.cost.items()}
    if total:
        figures["candidate_log_loss"] = float(ours.sum() / total)
        figures["reference_log_loss"] = float(theirs.sum() / total)
        figures["difference"] = float((ours - theirs).sum() / total)
    if len(counts) >= FEWEST and np.isfinite(figures["difference"]):
        figures["low"], figures["high"] = interval(ours - theirs, counts)
    return figures


def interval(differences: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of sum(differences) / sum(counts), both [L], resampling the L learners."""
    learners = len(counts)
    rng = np.random.default_rng(SEED)
    rows = max(1, CHUNK // learners)
    means = np.empty(DRAWS)
    for start in range(0, DRAWS, rows):
        drawn = rng.integers(learners, size=(min(rows, DRAWS - start), learners))
        means[start : start + len(drawn)] = differences[drawn].sum(1) / counts[drawn].sum(1)
    tail = _expanded_tail(learners)
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _expanded_tail(learners: int) -> float:
    """The tail of the normal that leaves as much outside as Student's t with L - 1 degrees of freedom."""
    free = learners - 1
    z = NormalDist().inv_cdf(1 - TAIL)
    # Student's quantile from the normal's, Abramowitz & Stegun 26.7.5: numpy has none, and scipy is not at hand here.
    t = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return NormalDist().cdf(-t * (learners / free) ** 0.5)


def _verdict(figures: dict[str, float], *, has_champion: bool) -> tuple[bool, str]:
    if figures["learners"] < (LEARNERS if has_champion else FEWEST):
        return False, NOT_ENOUGH_DATA
    if not np.isfinite(figures["difference"]):
        return False, NOT_FINITE
    if figures["high"] < 0:
        return True, BETTER if has_champion else BETTER_THAN_BASELINE
    if has_champion and figures["high"] < MARGIN and _is_cheaper(figures):
        return True, CHEAPER
    return False, _refusal(figures, has_champion=has_champion)


def _refusal(figures: dict[str, float], *, has_champion: bool) -> str:
    if figures["low"] > 0:
        return WORSE
    if has_champion:
        return NO_BETTER
    return NOT_ENOUGH_DATA if figures["learners"] < LEARNERS else NO_BETTER_THAN_BASELINE


def _is_cheaper(figures: dict[str, float]) -> bool:
    ours, theirs = figures.get("cost_candidate"), figures.get("cost_reference")
    return ours is not None and theirs is not None and ours <= CHEAPER_BY * theirs
