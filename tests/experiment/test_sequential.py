"""The interval that may be looked at every day, and the usual one beside it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from metaedu_plugin.experiment import planning, sequential

PATHS = 4000
LOOKS = np.linspace(5, 2000, 400)
"""Information at each look."""


def estimates(truth: float) -> np.ndarray:
    """[PATHS, LOOKS]: an estimate as it comes nearer to the truth, at each look."""
    rng = np.random.default_rng(7)
    steps = np.diff(LOOKS, prepend=0.0)
    moved = rng.normal(truth * steps, np.sqrt(steps), (PATHS, len(LOOKS)))
    return moved.cumsum(axis=1) / LOOKS


@pytest.mark.parametrize("truth", [0.0, 0.25])
@pytest.mark.parametrize("planned", [50.0, 240.0, 1500.0])
def test_it_misses_the_truth_at_any_look_in_no_more_than_five_of_a_hundred(truth: float, planned: float) -> None:
    half = np.array([sequential.half_width(information**-0.5, planned=planned) for information in LOOKS])
    missed = (np.abs(estimates(truth) - truth) > half).any(axis=1).sum()
    assert binomtest(int(missed), PATHS, 0.05, alternative="greater").pvalue > 0.01
    # It is not wide for nothing either: some paths do leave it.
    assert missed > 0


def test_the_usual_one_fails_when_it_is_looked_at_every_day() -> None:
    off = np.abs(estimates(0.0)) * np.sqrt(LOOKS)
    assert np.mean(off[:, -1] > 1.96) == pytest.approx(0.05, abs=0.012)
    assert np.mean((off > 1.96).any(axis=1)) > 0.3


def test_it_is_tightest_where_it_was_planned_to_be() -> None:
    def width(information: float) -> float:
        return sequential.half_width(information**-0.5, planned=100.0) * information**0.5

    assert width(100.0) == pytest.approx(sequential.WIDTH, rel=1e-9)
    # Their equation is near the optimum, not at it.
    assert width(100.0) == pytest.approx(min(width(each) for each in range(10, 1000, 10)), rel=1e-3)
    assert width(100.0) < 3.1


def test_the_planned_information_finds_the_difference_four_times_in_five() -> None:
    planned = sequential.information_for(0.25)
    rng = np.random.default_rng(3)
    seen = rng.normal(0.25, planned**-0.5, 20_000) > sequential.half_width(planned**-0.5, planned=planned)
    assert seen.mean() == pytest.approx(0.8, abs=0.015)


def test_smaller_differences_and_uneven_groups_take_more_learners() -> None:
    def learners(smallest: float, share: float = 0.5) -> int:
        return planning.learners(smallest=smallest, share=share)

    assert learners(0.05) == pytest.approx(4 * learners(0.10), rel=0.01)
    assert learners(0.05, 0.1) > 2.5 * learners(0.05)
