from dataclasses import replace

import pytest

from metaedu_plugin.insights.findings.skills import flat_learning_curves, skills_that_hold_back, skills_with_few_items
from tests.insights.classes import simulate
from tests.insights.courses import curriculum, mastery, room_of

pytestmark = pytest.mark.django_db


def room_with(means, *, responses=10, skills=2, items=16):
    """A class in which learner n has these mastery means."""
    curriculum(items=items, skills=skills)
    room = room_of(simulate(learners=len(means), items=items).answers)
    rows = {one.learner: row for one, row in zip(room.learners, means, strict=True)}
    return replace(room, mastery=mastery(rows, skills=[f"skill{n}" for n in range(skills)], responses=responses))


def test_a_skill_that_many_evidently_lack_holds_the_class_back():
    found = list(skills_that_hold_back(room_with([(0.3, 0.9)] * 8 + [(0.9, 0.9)] * 12)))
    assert [(one.subject.key, one.helps) for one in found] == [("skill0", 8)]
    assert len(found[0].who) == 8
    assert found[0].action.link == "/page"
    share = next(one for one in found[0].evidence if one.code == "weak_share")
    assert (share.value, share.n) == (0.4, 20)


def test_few_weak_learners_are_no_matter_for_the_class():
    assert not list(skills_that_hold_back(room_with([(0.3, 0.9)] * 5 + [(0.9, 0.9)] * 15)))


def test_mastery_of_few_answers_is_no_evidence():
    assert not list(skills_that_hold_back(room_with([(0.3, 0.3)] * 20, responses=3)))


def test_the_surer_the_model_the_higher_the_certainty():
    sure = next(iter(skills_that_hold_back(room_with([(0.2, 0.9)] * 20))))
    assert sure.certainty > 0.99


def test_a_flat_curve_is_found_and_a_rising_one_is_not():
    curriculum(items=8, skills=1)
    flat = room_of(simulate(learners=400, items=8, shuffled=True).answers)
    rising = room_of(simulate(learners=400, items=8, shuffled=True, learning=0.8).answers)
    assert [one.subject.key for one in flat_learning_curves(flat)] == ["skill0"]
    assert not list(flat_learning_curves(rising))


def test_a_small_class_is_never_told_that_practice_does_not_help():
    curriculum(items=8, skills=1)
    room = room_of(simulate(learners=19, items=8, shuffled=True).answers)
    assert not list(flat_learning_curves(room))


def test_a_skill_whose_items_ran_out():
    found = list(skills_with_few_items(room_with([(0.6, 0.9)] * 6 + [(0.9, 0.9)] * 6, items=4)))
    assert [(one.subject.key, one.helps) for one in found] == [("skill0", 6)]
    assert "2 items" in found[0].sentence


def test_enough_items_are_no_finding():
    assert not list(skills_with_few_items(room_with([(0.6, 0.6)] * 12, items=6)))
