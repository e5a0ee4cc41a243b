import numpy as np
import pytest

from metaedu_plugin.insights.findings.items import faulty_items, too_easy_items, too_hard_items
from tests.insights.classes import answers, simulate
from tests.insights.courses import curriculum, room_of

pytestmark = pytest.mark.django_db


def test_a_reversed_item_is_found_and_no_other():
    curriculum(items=40)
    room = room_of(simulate(reversed_items=(7,)).answers)
    found = list(faulty_items(room))
    assert "item007" not in [one.subject.key for one in too_hard_items(room)]
    assert [one.subject.key for one in found] == ["item007"]
    assert found[0].action.code == "check_answer_key"
    assert found[0].action.link == "/problem/7"
    assert found[0].certainty > 0.99
    figures = {one.code: one for one in found[0].evidence}
    assert figures["discrimination"].high < 0
    assert figures["first_attempt_success"].low < figures["first_attempt_success"].value


def test_sound_items_are_hardly_ever_called_faulty():
    """Bonferroni over a class's items: at most one false alarm in twenty classes."""
    alarms = [len(list(faulty_items(room_of(simulate(learners=60, items=30, seed=s).answers)))) for s in range(40)]
    assert sum(alarms) <= 2


def test_items_that_tell_nothing_are_not_called_faulty_more_often_than_promised():
    """Answers by coin: every item has a true discrimination of 0, the hardest case."""
    alarms = 0
    for seed in range(40):
        right = np.random.default_rng(seed).random((60, 30)) < 0.5
        learner, item = np.nonzero(np.ones_like(right))
        given = answers(learner=learner, item=item, correct=right.ravel())
        alarms += any(faulty_items(room_of(given)))
    assert alarms <= 5


def test_a_reversed_item_is_found_in_most_classes_of_150():
    hits = [
        any(
            one.subject.key == "item003"
            for one in faulty_items(room_of(simulate(learners=150, items=30, seed=s, reversed_items=(3,)).answers))
        )
        for s in range(20)
    ]
    assert sum(hits) >= 16


def test_an_item_that_nobody_ever_got_right_is_faulty_and_not_too_hard():
    truth = simulate(learners=30, items=6)
    given = truth.answers
    given.correct[given.item == 2] = False
    room = room_of(given)
    assert [one.subject.key for one in faulty_items(room)] == ["item002"]
    assert "item002" not in [one.subject.key for one in too_hard_items(room)]


def test_eleven_wrong_answers_are_not_enough():
    assert not list(faulty_items(room_of(answers(learner=range(11), item=[0] * 11, correct=[False] * 11))))


def test_too_hard_and_too_easy_need_certainty():
    def of(right, n):
        return room_of(answers(learner=range(n), item=[0] * n, correct=[k < right for k in range(n)]))

    assert [one.helps for one in too_hard_items(of(10, 100))] == [90]
    assert not list(too_hard_items(of(3, 12)))
    assert not list(too_hard_items(of(30, 100)))
    assert [one.reason for one in too_easy_items(of(99, 100))] == ["too_easy_item"]
    assert not list(too_easy_items(of(20, 20)))
    assert not list(too_easy_items(of(90, 100)))
