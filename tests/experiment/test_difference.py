"""The comparison on simulated courses of which the truth is known; bench/experiment.py has more of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from bench.experiment_courses import play
from metaedu_plugin.experiment import levels
from metaedu_plugin.experiment.data import Difference
from metaedu_plugin.experiment.difference import compare
from metaedu_plugin.experiment.firsts import Attempts, Firsts

COURSES = 30


def compared(*, effect: float, learners: int) -> list[Difference]:
    return [
        compare(play(seed=seed, effect=effect, learners=learners, items=40).until(20), share=0.5, smallest=0.08)
        for seed in range(COURSES)
    ]


@pytest.fixture(scope="module")
def none() -> list[Difference]:
    return compared(effect=0.0, learners=200)


@pytest.fixture(scope="module")
def eight() -> list[Difference]:
    return compared(effect=0.08, learners=600)


def values(found: list[Difference]) -> np.ndarray:
    return np.array([one.value for one in found], float)


def test_no_difference_is_found_where_none_is(none: list[Difference]) -> None:
    off = values(none)
    assert abs(off.mean()) < 3 * off.std() / COURSES**0.5
    # 95 of 100, and no fewer than 83 in so few courses (chance of a correct one to fail here: 1 in 1,000).
    assert sum(one.usual_low <= 0 <= one.usual_high for one in none) >= 25  # type: ignore[operator]
    assert all(one.low <= 0 <= one.high for one in none)  # type: ignore[operator]
    assert {one.verdict for one in none} == {"open"}


def test_a_difference_is_found_where_one_is(eight: list[Difference]) -> None:
    off = values(eight)
    assert abs(off.mean() - 0.08) < 3 * off.std() / COURSES**0.5
    assert sum(one.usual_low <= 0.08 <= one.usual_high for one in eight) >= 25  # type: ignore[operator]
    assert all(one.low <= 0.08 <= one.high for one in eight)  # type: ignore[operator]
    # Planned for four of five at 565 learners with ten answers each: 600 are there.
    assert sum(one.verdict == "better" for one in eight) >= 18
    assert not any(one.verdict in {"worse", "no_matter"} for one in eight)


def test_the_interval_is_as_wide_as_estimates_scatter(none: list[Difference]) -> None:
    half = np.mean([(one.usual_high - one.usual_low) / 2 for one in none])  # type: ignore[operator]
    assert half / 1.97 == pytest.approx(values(none).std(ddof=1), rel=0.4)


def test_right_and_wrong_the_other_way_round() -> None:
    """Whichever group is which: the difference changes its sign, and nothing else."""
    firsts = play(seed=5, effect=0.1, learners=300).until(20)
    turned = Firsts(firsts.learners, ~firsts.in_order, firsts.before, firsts.after, firsts.left)
    one, other = (compare(each, share=0.5, smallest=0.05) for each in (firsts, turned))
    assert one.value == pytest.approx(-other.value, abs=0.01)  # type: ignore[operator]
    assert one.verdict in {"open", "better"} and other.verdict in {"open", "worse"}


def test_what_they_did_before_is_allowed_for() -> None:
    """Of a group that was better before, the same is expected afterwards."""
    rng = np.random.default_rng(2)
    in_order = np.arange(400) % 2 == 0
    level = rng.normal(np.where(in_order, 0.8, 0.0), 1.0)
    difficulty = rng.normal(0, 1, 40)
    learner, item = (each.ravel() for each in np.meshgrid(np.arange(400), np.arange(40), indexing="ij"))
    right = rng.random(16_000) < expit(level[learner] - difficulty[item])
    old = item < 20
    firsts = Firsts(
        [f"{n:032x}" for n in range(400)],
        in_order,
        Attempts(learner[old], item[old], right[old]),
        Attempts(learner[~old], item[~old], right[~old]),
        (0, 0),
    )
    found = compare(firsts, share=0.5, smallest=0.05)
    raw = found.suggestions.right / found.suggestions.answers - found.course_order.right / found.course_order.answers
    assert raw < -0.1
    assert abs(found.value or 1) < 0.05


def test_too_few_say_nothing_and_nobody_breaks_nothing() -> None:
    few = compare(play(seed=1, learners=30).until(20), share=0.5, smallest=0.05)
    assert (few.verdict, few.value, few.more) == ("too_few", None, None)
    nothing = np.zeros(0, int)
    empty = Attempts(nothing, nothing, nothing.astype(bool))
    nobody = compare(Firsts([], np.zeros(0, bool), empty, empty, (0, 0)), share=0.5, smallest=0.05)
    assert (nobody.verdict, nobody.suggestions.learners, nobody.suggestions.before) == ("too_few", 0, None)


@pytest.mark.parametrize("right", [True, False])
def test_all_right_or_all_wrong(right: bool) -> None:
    learner, item = (each.ravel() for each in np.meshgrid(np.arange(80), np.arange(5), indexing="ij"))
    after = Attempts(learner, item, np.full(len(item), right))
    nothing = np.zeros(0, int)
    before = Attempts(nothing, nothing, nothing.astype(bool))
    firsts = Firsts([f"{n:032x}" for n in range(80)], np.arange(80) % 2 == 0, before, after, (0, 0))
    found = compare(firsts, share=0.5, smallest=0.05)
    assert found.verdict in {"open", "no_matter"}
    assert found.value == pytest.approx(0, abs=0.01)


def test_groups_that_chance_did_not_make_are_noticed() -> None:
    firsts = play(seed=1, learners=400).until(20)
    assert not compare(firsts, share=0.5, smallest=0.05).mismatch
    assert compare(firsts, share=0.3, smallest=0.05).mismatch


def test_difficulties_and_spread_come_out_as_they_went_in() -> None:
    rng = np.random.default_rng(0)
    level, difficulty = rng.normal(0.5, 1.2, 3000), rng.normal(0, 1, 15)
    difficulty -= difficulty.mean()
    learner, item = (each.ravel() for each in np.meshgrid(np.arange(3000), np.arange(15), indexing="ij"))
    right = rng.random(len(item)) < expit(level[learner] - difficulty[item])
    found = levels.fit(Attempts(learner, item, right), np.ones((3000, 1)))
    assert np.abs(found.difficulty - difficulty).max() < 0.15
    assert found.coefficient[0] == pytest.approx(0.5, abs=0.08)
    assert found.variance == pytest.approx(1.44, abs=0.15)
    assert found.covariance.shape == (0, 0)
