"""Calibration, order and fairness against sklearn and against simulations of which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score, roc_curve

from metaedu_plugin.insights.statistics.calibration import Forecasts, calibration, clustered_share
from metaedu_plugin.insights.statistics.fairness import fairness
from metaedu_plugin.insights.statistics.ordering import area
from tests.insights.statistics.forecasts import simulate

TIMES = 200


def covered(times: int, share: float = 0.95) -> tuple[float, float]:
    """Between which the share of intervals that hold the truth may lie, but for one in a thousand."""
    return tuple(stats.binom.ppf([0.0005, 0.9995], times, share) / times)


def test_the_bins_are_those_of_sklearn():
    told, _ = simulate(np.random.default_rng(0))
    ours = calibration(told, bins=10)
    right, said = calibration_curve(told.right, told.expected, n_bins=10, strategy="quantile")
    assert [one.right.value for one in ours.bins] == pytest.approx(right)
    assert [one.expected for one in ours.bins] == pytest.approx(said)
    weight = np.array([one.right.n for one in ours.bins]) / len(told)
    assert ours.plain == pytest.approx(float(weight @ np.abs(right - said)))
    assert weight.min() > 0.09
    for before, after in zip(ours.bins, ours.bins[1:], strict=False):
        assert before.most < after.least


def test_equal_predictions_share_a_bin():
    rng = np.random.default_rng(0)
    expected = np.repeat([0.2, 0.7], 300)
    told = Forecasts(np.arange(600) % 60, expected, (rng.random(600) < expected).astype(float))
    assert [(one.least, one.most, one.right.n) for one in calibration(told, bins=10).bins] == [
        (0.2, 0.2, 300),
        (0.7, 0.7, 300),
    ]
    one = Forecasts(told.learner, np.full(600, 0.5), told.right)
    assert len(calibration(one, bins=10).bins) == 1


def test_without_clusters_the_range_of_a_share_is_wilsons():
    rng = np.random.default_rng(0)
    right = (rng.random(400) < 0.7).astype(float)
    ours = clustered_share(right, np.arange(400))
    theirs = stats.binomtest(int(right.sum()), 400).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=2e-3)


def test_answers_of_one_learner_that_go_together_count_for_one():
    right = np.repeat([1.0, 0.0, 1.0, 1.0], 100)
    ours = clustered_share(right, np.repeat(np.arange(4), 100))
    theirs = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert ours.high - ours.low > 0.8 * (theirs.high - theirs.low)
    sure = clustered_share(np.ones(500), np.repeat(np.arange(10), 50))
    assert sure.low == pytest.approx(stats.binomtest(10, 10).proportion_ci(method="wilson").low)


def test_ranges_of_bins_hold_the_truth():
    rng = np.random.default_rng(1)
    held = []
    for _ in range(TIMES):
        told, truth = simulate(rng, learners=100, apart=1.0)
        place = np.digitize(told.expected, [one.most for one in calibration(told, bins=5).bins][:-1], right=True)
        for b, one in enumerate(calibration(told, bins=5).bins):
            held.append(one.right.low <= truth[place == b].mean() <= one.right.high)
    # bins of one class go together: as if there were one of them in each class
    low, high = covered(TIMES)
    assert low <= np.mean(held) <= high


@pytest.mark.parametrize(("shift", "stretch"), [(0.0, 1.0), (0.4, 1.0), (0.0, 1.5)])
def test_the_range_of_the_error_holds_the_truth(shift, stretch):
    big, truth = simulate(np.random.default_rng(9), learners=20_000, shift=shift, stretch=stretch)
    edges = np.quantile(big.expected, np.linspace(0, 1, 11)[1:-1])
    place = np.digitize(big.expected, edges)
    n = np.bincount(place)
    real = float(np.abs(np.bincount(place, truth) - np.bincount(place, big.expected)).sum() / n.sum())
    rng = np.random.default_rng(2)
    held, found = [], []
    for _ in range(TIMES):
        error = calibration(simulate(rng, shift=shift, stretch=stretch)[0], bins=10).error
        held.append(error.low <= real <= error.high)
        found.append(error.value)
        assert error.low <= error.value <= error.high
    assert np.mean(held) >= 0.90
    assert np.mean(found) == pytest.approx(real, abs=0.008)


def test_a_perfect_prediction_shows_the_error_of_chance():
    rng = np.random.default_rng(3)
    made = [calibration(simulate(rng)[0], bins=10) for _ in range(60)]
    assert np.mean([one.plain for one in made]) == pytest.approx(np.mean([one.by_chance for one in made]), rel=0.1)


def test_the_area_is_sklearns_with_ties():
    rng = np.random.default_rng(4)
    told, _ = simulate(rng)
    assert area(told).value == pytest.approx(roc_auc_score(told.right, told.expected))
    rough = Forecasts(told.learner, np.round(told.expected, 1), told.right)
    assert area(rough).value == pytest.approx(roc_auc_score(rough.right, rough.expected))
    assert not area(Forecasts(told.learner, told.expected, np.ones(len(told)))).known


def test_the_range_of_the_area_holds_the_truth():
    big, _ = simulate(np.random.default_rng(9), learners=20_000, apart=1.0)
    real = roc_auc_score(big.right, big.expected)
    rng = np.random.default_rng(5)
    held = [(one := area(simulate(rng, apart=1.0)[0])).low <= real <= one.high for _ in range(TIMES)]
    low, high = covered(TIMES)
    assert low - 0.01 <= np.mean(held) <= high


def between(told: Forecasts, inside: np.ndarray) -> float:
    """ABROCA from sklearn's curves, without steps."""
    grid = np.linspace(0, 1, 5001)
    curves = []
    for mine in (inside, ~inside):
        wrong, right, _ = roc_curve(told.right[mine], told.expected[mine], drop_intermediate=False)
        curves.append(np.interp(grid, wrong, right))
    return float(integrate.trapezoid(np.abs(curves[0] - curves[1]), grid))


def two_groups(rng, *, learners=200, blur=0.0):
    group = (np.arange(learners) % 3 == 0).astype(np.int64)
    return simulate(rng, learners=learners, noise=blur * group)[0], group


def test_the_area_between_the_curves_is_that_of_sklearns_curves():
    told, group = two_groups(np.random.default_rng(6), blur=1.5)
    b, a = fairness(told, group, names=["b", "a"], least=30)
    assert (b.group, b.learners, a.group, a.learners) == ("b", 133, "a", 67)
    real = between(told, group[told.learner] == 1)
    assert a.between == pytest.approx(real, abs=0.005)
    assert b.between == pytest.approx(a.between, abs=1e-9), "of two groups both are as far from the other"
    assert a.area == area(told.of(group[told.learner] == 1))
    assert a.others == b.area
    assert a.stands_out and a.area.value < a.others.value


def test_where_groups_are_alike_chance_is_spread_evenly():
    rng = np.random.default_rng(7)
    shares = []
    for _ in range(60):
        told, group = two_groups(rng, learners=100)
        shares.append(fairness(told, group, names=["b", "a"], least=30)[0].by_chance)
    assert stats.kstest(shares, "uniform").pvalue > 0.005
    assert np.mean(np.array(shares) <= 0.05) <= 0.15


def test_small_groups_and_unknown_learners_are_left_out_of_everything():
    told, _ = simulate(np.random.default_rng(8), learners=150)
    group = np.repeat([0, 1, 2, -1], [60, 50, 20, 20])
    made = fairness(told, group, names=["x", "y", "z"], least=30)
    assert [(one.group, one.learners) for one in made] == [("x", 60), ("y", 50)]
    assert made[0].others == made[1].area, "the others are the groups that are shown, and nobody else"
    assert fairness(told, group, names=["x", "y", "z"], least=55) == []
