"""Figures against scikit-learn and closed forms; intervals against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from metaedu_plugin.training.evaluation import bands, metrics
from metaedu_plugin.training.evaluation.bootstrap import auc_interval


def draw(seed: int, learners: int = 60, each: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(learners), each)
    ability = rng.normal(0, 1.0, learners)[cluster]
    told = 1 / (1 + np.exp(-(ability + rng.normal(0, 1.0, len(cluster)))))
    correct = (rng.random(len(cluster)) < told).astype(float)
    return correct, np.round(told, 2), cluster


def test_auc_and_log_loss_agree_with_scikit_learn() -> None:
    correct, told, _ = draw(1)
    assert metrics.auc(correct, told) == pytest.approx(reference.roc_auc_score(correct, told), abs=1e-12)
    assert metrics.log_loss(correct, told) == pytest.approx(reference.log_loss(correct, told), abs=1e-6)
    assert metrics.accuracy(correct, told) == reference.accuracy_score(correct, told >= 0.5)


def test_a_sure_mistake_costs_much_but_not_everything() -> None:
    assert metrics.log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(-np.log(1e-6))


def test_figures_that_cannot_be_told_are_none() -> None:
    right = bands.Predicted(np.array([0, 1]), np.array([0, 0]), np.ones(2), np.array([0.4, 0.6]))
    rows = {row["answers"]: row for row in bands.table("m", right)}
    assert rows["all"]["auc"] is None
    assert rows["all"]["log_loss"] is not None
    assert rows["20+"]["log_loss"] is None
    assert rows["20+"]["responses"] == 0


def test_ece_of_a_constant_is_its_distance_from_the_mean() -> None:
    correct = np.array([1.0, 0, 0, 1, 1, 1, 0, 1])
    assert metrics.ece(correct, np.full(8, 0.5)) == pytest.approx(abs(correct.mean() - 0.5))


def test_ece_by_hand_over_bins_of_equal_mass() -> None:
    told = np.repeat([0.1, 0.3, 0.6, 0.9], 10)
    correct = np.concatenate([np.repeat([1.0, 0.0], [n, 10 - n]) for n in (2, 3, 5, 10)])
    expected = (abs(0.1 - 0.2) + 0 + abs(0.6 - 0.5) + abs(0.9 - 1.0)) / 4
    assert metrics.ece(correct, told, bins=4) == pytest.approx(expected)


def test_ece_falls_to_the_noise_when_calibrated() -> None:
    rng = np.random.default_rng(0)
    told = rng.random(200_000)
    assert metrics.ece((rng.random(200_000) < told).astype(float), told) < 0.005


def test_the_interval_is_that_of_resampled_learners() -> None:
    """The weighted AUC of a draw equals the plain AUC of the drawn learners' rows, ties included."""
    correct, told, cluster = draw(3, learners=12, each=8)
    rng = np.random.default_rng(7)
    weights = rng.multinomial(12, np.full(12, 1 / 12), size=300)
    plain = []
    for weight in weights:
        rows = np.concatenate([np.flatnonzero(cluster == c) for c in np.repeat(np.arange(12), weight)])
        plain.append(reference.roc_auc_score(correct[rows], told[rows]))
    expected = np.quantile(plain, [0.025, 0.975])
    got = auc_interval(correct=correct, probability=told, cluster=cluster, replicates=300, seed=7)
    assert got == pytest.approx(expected, abs=1e-9)


def test_intervals_hold_what_they_promise() -> None:
    """About 95 of 100 intervals hold the true AUC although responses of a learner are alike."""
    big = draw(99, learners=20_000, each=10)
    truth = metrics.auc(big[0], big[1])
    inside = 0
    for seed in range(150):
        correct, told, cluster = draw(seed, learners=60, each=15)
        low, high = auc_interval(correct=correct, probability=told, cluster=cluster, replicates=200, seed=seed)
        inside += low <= truth <= high
    assert 0.88 <= inside / 150 <= 0.995


def test_one_learner_has_no_interval() -> None:
    low, high = auc_interval(correct=np.array([0.0, 1]), probability=np.array([0.2, 0.8]), cluster=np.zeros(2, int))
    assert np.isnan(low)
    assert np.isnan(high)


def test_bands_take_what_they_say() -> None:
    seen = np.array([0, 1, 4, 5, 9, 10, 19, 20, 21])
    predicted = bands.Predicted(np.zeros(9, int), seen, np.zeros(9), np.full(9, 0.5))
    sizes = {row["answers"]: row["responses"] for row in bands.table("m", predicted)}
    assert sizes == {"all": 9, "0": 1, "1-4": 2, "5": 1, "5-9": 2, "10-19": 2, "20": 1, "20+": 2}
