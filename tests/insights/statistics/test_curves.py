import numpy as np
import pytest
from scipy import stats

from metaedu_plugin.insights.statistics import opportunities, skill_statistics
from metaedu_plugin.insights.statistics.curves import learning_curve
from metaedu_plugin.insights.thresholds import FLAT_GAIN
from tests.insights.classes import answers, simulate


def one_skill(given):
    met = opportunities(given, skills=["s"], item_skills=dict.fromkeys(given.items, ("s",)))
    return skill_statistics(met, skills=["s"], items_of_skill={"s": len(given.items)})[0]


def test_opportunities_count_first_attempts_of_each_skill():
    given = answers(learner=[0, 0, 0, 0, 1], item=[0, 0, 1, 2, 2], correct=[False, True, True, True, False])
    met = opportunities(
        given, skills=["a", "b"], item_skills={"item000": ("a",), "item001": ("a", "b"), "item002": ("a",)}
    )
    rows = list(zip(met.learner.tolist(), met.skill.tolist(), met.number.tolist(), met.correct.tolist(), strict=True))
    assert rows == [(0, 0, 1, False), (0, 0, 2, True), (0, 1, 1, True), (0, 0, 3, True), (1, 0, 1, False)]


def test_points_are_error_rates_with_wilson_intervals():
    number = np.repeat([1, 2, 3], 50)
    correct = np.concatenate([np.arange(50) >= wrong for wrong in (30, 20, 10)])
    curve = learning_curve(number, correct)
    assert [(p.opportunity, p.learners, p.error) for p in curve.points] == [(1, 50, 0.6), (2, 50, 0.4), (3, 50, 0.2)]
    expected = stats.binomtest(20, 50).proportion_ci(method="wilson")
    assert (curve.points[1].low, curve.points[1].high) == pytest.approx((expected.low, expected.high))


def test_the_fit_finds_a_power_law_that_is_there():
    rng = np.random.default_rng(2)
    number = np.tile(np.arange(1, 11), 3000)
    curve = learning_curve(number, rng.random(len(number)) >= 0.6 * number**-0.4)
    assert curve.start == pytest.approx(0.6, abs=0.02)
    assert curve.rate.low < 0.4 < curve.rate.high
    assert curve.rate.value == pytest.approx(0.4, abs=0.03)
    assert curve.points[4].fitted == pytest.approx(0.6 * 5**-0.4, abs=0.02)


def test_learning_is_found_although_those_who_master_stop():
    """The weak go on practising, so the class's error rate hardly falls while every learner gets better."""
    rng = np.random.default_rng(5)
    learner, item, correct = [], [], []
    for who in range(300):
        ability, streak = rng.normal(-0.5, 1.5), 0
        for number, which in enumerate(rng.permutation(12)):
            right = rng.random() < 1 / (1 + np.exp(-(ability + 0.9 * np.log(number + 1))))
            learner.append(who), item.append(which), correct.append(right)
            streak = streak + 1 if right else 0
            if streak == 2:
                break
    gain = one_skill(answers(learner=learner, item=item, correct=correct)).gain
    assert gain.low > 0


def test_a_class_that_learns_is_hardly_ever_called_flat_whatever_the_order_of_items():
    flat = [
        one_skill(simulate(learners=60, items=8, seed=s, learning=0.8).answers).gain.high < FLAT_GAIN for s in range(60)
    ]
    assert sum(flat) <= 3


def test_a_class_that_does_not_learn_is_found_when_items_come_in_any_order():
    flat = [
        one_skill(simulate(learners=400, items=8, seed=s, shuffled=True).answers).gain.high < FLAT_GAIN
        for s in range(20)
    ]
    assert sum(flat) >= 15


def test_the_gain_interval_covers_no_learning_where_items_differ_and_all_take_them_in_one_order():
    gains = [one_skill(simulate(learners=100, items=10, seed=s).answers).gain for s in range(60)]
    assert np.mean([g.low <= 0 <= g.high for g in gains]) >= 0.93


def test_too_few_to_tell():
    one = one_skill(answers(learner=[0, 0], item=[0, 1], correct=[True, False]))
    assert not one.gain.known and not one.curve.points
    assert one_skill(answers(learner=[], item=[], correct=[])).answers == 0
