import numpy as np

from metaedu_plugin.insights.statistics import learner_statistics
from tests.insights.classes import DAY, START, answers


def test_streaks_days_and_last_answers():
    given = answers(
        learner=[0, 1, 0, 1, 0, 1],
        item=[0, 0, 1, 1, 2, 2],
        correct=[True, False, False, False, False, False],
        time=[START, START, START + 1, START + 1, START + 3 * DAY, START + 5 * DAY],
    )
    first, second = learner_statistics(given)
    assert (first.wrong_in_a_row, second.wrong_in_a_row) == (2, 3)
    assert (first.since, first.last, first.days) == (START, START + 3 * DAY, 2)
    assert second.streak_item == "item002"
    assert (first.answers, first.items, first.success.value) == (3, 3, 1 / 3)


def test_unknown_times_stay_unknown():
    one = learner_statistics(answers(learner=[0], item=[0], correct=[True], time=[np.nan]))[0]
    assert np.isnan(one.last) and one.days == 0 and one.wrong_in_a_row == 0
