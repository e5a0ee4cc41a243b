import numpy as np
import pytest
from scipy import stats

from metaedu_plugin.insights.statistics import item_statistics
from tests.insights.classes import answers, simulate


def test_discrimination_is_the_corrected_item_rest_correlation():
    truth = simulate(learners=80, items=12)
    found = item_statistics(truth.answers)
    for n, one in enumerate(found):
        rest = np.delete(truth.right, n, axis=1).sum(axis=1)
        expected = stats.pointbiserialr(truth.right[:, n], rest).statistic
        assert one.discrimination.value == pytest.approx(expected)
        assert one.discrimination.low < expected < one.discrimination.high


def test_success_is_counted_on_first_attempts_alone():
    one = item_statistics(answers(learner=[0, 0, 1], item=[0, 0, 0], correct=[False, True, True], attempt=[1, 2, 1]))[0]
    assert (one.success.value, one.success.n) == (0.5, 2)
    assert (one.learners, one.answers, one.attempts, one.ever_right) == (2, 3, 1.5, 2)


def test_a_later_attempt_that_came_first_is_no_first_attempt():
    one = item_statistics(answers(learner=[0, 1], item=[0, 0], correct=[True, False], attempt=[3, 1]))[0]
    assert (one.success.value, one.success.n, one.learners) == (0.0, 1, 2)


def test_difficulty_orders_items_though_learners_met_different_ones():
    truth = simulate(learners=400, items=30, missing=0.6, seed=3)
    found = np.array([one.difficulty for one in item_statistics(truth.answers)])
    assert np.corrcoef(found, truth.difficulty)[0, 1] > 0.95
    assert np.polyfit(truth.difficulty, found, 1)[0] == pytest.approx(1, abs=0.2)


def test_difficulty_does_not_follow_who_happened_to_answer():
    """Of two equally hard items one is met by strong, the other by weak learners."""
    rng = np.random.default_rng(0)
    ability = np.repeat([1.5, -1.5], 300)
    right = rng.random((600, 12)) < 1 / (1 + np.exp(-ability[:, None]))
    learner, item = np.nonzero(np.ones_like(right))
    strong = learner < 300
    keep = ~((item == 0) & ~strong | (item == 1) & strong)
    found = item_statistics(answers(learner=learner[keep], item=item[keep], correct=right[learner, item][keep]))
    assert found[0].success.value - found[1].success.value > 0.5
    assert abs(found[0].difficulty - found[1].difficulty) < 0.5


def test_median_hints_and_most_frequent_wrong_choice():
    one = item_statistics(
        answers(
            learner=[0, 1, 2, 3, 4],
            item=[0] * 5,
            correct=[False, False, False, True, True],
            seconds=[10, 20, 40, 80, np.nan],
            hints=[0, 1, 0, 0, 0],
            choice=[1, 1, 2, 0, 0],
        )
    )[0]
    assert (one.seconds, one.hint_share, one.wrong_choice, one.wrong_choice_share) == (30, 0.2, "b", 0.4)


def test_nothing_can_be_told_of_items_that_all_or_too_few_answered_alike():
    same = item_statistics(answers(learner=[0, 1, 2, 3, 4], item=[0] * 5, correct=[True] * 5))[0]
    assert not same.discrimination.known and np.isnan(same.seconds) and same.wrong_choice == ""


def test_no_answers_no_items():
    assert item_statistics(answers(learner=[], item=[], correct=[])) == []
