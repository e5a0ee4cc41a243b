from __future__ import annotations

import math

import msgspec
import pytest

from metaedu_plugin.registry import gate
from tests.registry.comparisons import draw

CHEAP = {"candidate": 10.0, "reference": 20.0}


def test_a_better_candidate_is_promoted_with_its_figures() -> None:
    decision = gate.judge(draw(better_by=0.05), champion="champion-1")
    assert (decision.promote, decision.reason) == (True, gate.BETTER)
    figures = decision.figures
    assert figures["low"] < figures["difference"] < figures["high"] < 0
    assert figures["learners"] == 60
    assert figures["candidate_log_loss"] < figures["reference_log_loss"]


def test_a_worse_candidate_is_refused() -> None:
    decision = gate.judge(draw(better_by=-0.05), champion="champion-1")
    assert (decision.promote, decision.reason) == (False, gate.WORSE)


def test_the_same_comparison_gives_the_same_decision() -> None:
    comparison = draw(better_by=0.01)
    assert gate.judge(comparison, champion="champion-1") == gate.judge(comparison, champion="champion-1")


@pytest.mark.parametrize(
    ("cost", "promoted"), [(CHEAP, True), ({"candidate": 19.0, "reference": 20.0}, False), ({}, False)]
)
def test_not_worse_is_enough_only_for_a_cheaper_candidate(cost: dict[str, float], promoted: bool) -> None:
    comparison = draw(better_by=0.0, learners=400, spread=0.001, seed=3, cost=cost)
    comparison = msgspec.structs.replace(comparison, candidate=comparison.reference)
    decision = gate.judge(comparison, champion="champion-1")
    assert decision.promote is promoted
    assert decision.reason == (gate.CHEAPER if promoted else gate.NO_BETTER)


def test_cheaper_does_not_excuse_worse() -> None:
    assert not gate.judge(draw(better_by=-0.02, learners=200, cost=CHEAP), champion="champion-1").promote


def test_few_learners_do_not_unseat_a_champion_but_may_beat_a_baseline() -> None:
    few = draw(better_by=0.2, learners=12)
    assert gate.judge(few, champion="champion-1").reason == gate.NOT_ENOUGH_DATA
    assert gate.judge(few, champion=None).reason == gate.BETTER_THAN_BASELINE
    assert gate.judge(draw(better_by=0.0, learners=12), champion=None).reason == gate.NOT_ENOUGH_DATA
    assert gate.judge(draw(better_by=0.2, learners=3), champion=None).reason == gate.NOT_ENOUGH_DATA
    assert gate.judge(draw(better_by=0.2, learners=0), champion=None).reason == gate.NOT_ENOUGH_DATA


def test_a_comparison_with_another_version_than_the_champion_is_stale() -> None:
    decision = gate.judge(draw(better_by=0.2, reference="older"), champion="champion-1")
    assert (decision.promote, decision.reason) == (False, gate.CHAMPION_CHANGED)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_diverged_candidate_is_refused_and_its_decision_is_json(bad: float) -> None:
    comparison = draw(better_by=0.2)
    comparison = msgspec.structs.replace(
        comparison, candidate=((bad, comparison.candidate[0][1]), *comparison.candidate[1:])
    )
    decision = gate.judge(comparison, champion="champion-1")
    assert (decision.promote, decision.reason) == (False, gate.NOT_FINITE)
    assert b"null" not in msgspec.json.encode(decision)


@pytest.mark.parametrize("learners", [20, 60])
def test_an_equal_candidate_is_seldom_promoted_and_a_better_one_mostly(
    learners: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "DRAWS", 600)
    trials = 500
    equal = sum(
        gate.judge(draw(better_by=0.0, learners=learners, seed=s), champion="champion-1").promote for s in range(trials)
    )
    # 2.5 % of 500 is 12.5; 99.9 % of honest gates stay under 25.
    assert equal <= 25
    better = sum(
        gate.judge(draw(better_by=0.06, learners=learners, seed=s), champion="champion-1").promote for s in range(60)
    )
    assert better >= 54


def test_clusters_widen_the_interval() -> None:
    """Responses of one learner are not independent: resampling responses instead would promote noise."""
    import numpy as np

    rng = np.random.default_rng(5)
    effects = rng.normal(0, 0.1, 40)
    low, high = gate.interval(effects * 100, np.full(40, 100.0))
    single = np.repeat(effects, 100)
    low_single, high_single = gate.interval(single, np.ones(4000))
    assert high - low > 5 * (high_single - low_single)


def test_many_learners_are_judged_in_seconds() -> None:
    import time

    comparison = draw(better_by=0.01, learners=20_000)
    start = time.perf_counter()
    gate.judge(comparison, champion="champion-1")
    assert time.perf_counter() - start < 10
