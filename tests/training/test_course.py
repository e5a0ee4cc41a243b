"""A course's counts are what a loop counts, whoever is counted; a learner's own are theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaedu_plugin.training.course import AHEAD, Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.simulator import simulate_courses
from tests.training.courses import sequence


def tagged() -> CourseData:
    """Three items: of two skills, of one, of none; retries, and learners who never meet some of it."""
    return CourseData(
        key="c",
        items=["a", "b", "c"],
        skills=["s", "t"],
        item_skills=[np.array([0, 1], np.int32), np.array([1], np.int32), np.zeros(0, np.int32)],
        sequences=[
            sequence("x", [0, 0, 1, 0], [0, 1, 1, 0]),
            sequence("y", [2, 1, 2], [1, 0, 1]),
            sequence("z", [1], [1]),
        ],
    )


def looped(data: CourseData, learners: list[int], *, anonymous: bool = False) -> dict[str, np.ndarray]:
    told = {"item": np.zeros((len(data.items), 4)), "skill": np.zeros((len(data.skills) + 1, 4)), "total": np.zeros(4)}
    for row in learners:
        seen: set[int] = set()
        for item, correct in zip(data.sequences[row].item.tolist(), data.sequences[row].correct.tolist(), strict=True):
            add = np.array([0, 0, 1, correct] if item in seen else [1, correct, 0, 0])
            if not anonymous:
                seen.add(item)
                told["item"][item] += add
            told["total"] += add
            for skill in data.item_skills[item]:
                told["skill"][skill] += add
    return told


def same(data: CourseData, learners: list[int], **how: bool) -> None:
    counts, expected = Course(data).counts(learners), looped(data, learners, **how)
    for name, table in expected.items():
        assert getattr(counts, name).tolist() == table.tolist(), name


@pytest.mark.parametrize("learners", [[], [0], [2], [0, 1], [0, 1, 2]])
def test_counts_by_hand(learners: list[int]) -> None:
    same(tagged(), learners)


def test_first_attempts_and_later_ones() -> None:
    counts = Course(tagged()).counts([0])
    assert counts.item[0].tolist() == [1, 0, 2, 1]
    assert counts.skill[1].tolist() == [2, 1, 2, 1]
    assert counts.total.tolist() == [2, 1, 2, 1]
    assert Course(tagged()).again.tolist() == [0, 1, 0, 1, 0, 0, 1, 0]


def test_counts_of_a_simulated_course_by_few_and_by_most_of_it() -> None:
    data = next(d for d in simulate_courses(50, 1) if max(map(len, d.item_skills)) > 1)
    everybody = list(range(len(data.sequences)))
    same(data, everybody[:3])
    same(data, everybody[2:])
    same(data, everybody)


def test_everybody_is_the_sum_of_each() -> None:
    course = Course(tagged())
    every, each = course.counts(range(3)), [course.counts([n]) for n in range(3)]
    for name in ("item", "skill", "total"):
        assert getattr(every, name).tolist() == sum(getattr(one, name) for one in each).tolist()


@pytest.mark.parametrize("learner", [0, 1, 2])
def test_own_is_what_a_learner_adds_where_they_are_asked(learner: int) -> None:
    course = Course(tagged())
    own, alone = course.own(learner), course.counts([learner])
    items = course.item[course.rows(learner)]
    assert own.item.tolist() == alone.item[items].tolist()
    assert own.skill.tolist() == alone.skill[course.skill_table[items]].tolist()
    assert own.total.tolist() == alone.total.tolist()


def test_of_anonymous_items_nothing_is_counted_and_nothing_comes_again() -> None:
    data = replace(tagged(), facts={"anonymous": np.ones(3, np.bool_)})
    same(data, [0, 1, 2], anonymous=True)
    course = Course(data)
    assert not course.again.any()
    assert not course.own(0).item.any()
    assert course.own(0).total.tolist() == [4, 2, 0, 0]


def test_what_comes_next_on_the_first_skill() -> None:
    course = Course(tagged())
    # Of learner x: items a a b a, of skills s s t s, answered 0 1 1 0; learner y's item c has none.
    assert course.ahead[:4].tolist() == [[3, 1], [2, 1], [1, 1], [1, 0]]
    assert course.ahead[4:7].tolist() == [[0, 0], [1, 0], [0, 0]]
    many = Course(replace(tagged(), sequences=[sequence("m", [1] * 9, [1] * 9)]))
    assert many.ahead[0].tolist() == [AHEAD, AHEAD]


def test_some_learners_alone_are_a_course_of_their_own() -> None:
    part = Course(tagged()).only(np.array([2, 0]))
    assert [s.learner for s in part.data.sequences] == ["z", "x"]
    assert part.counts(range(2)).total.tolist() == Course(tagged()).counts([0, 2]).total.tolist()


def test_a_course_without_skills_or_learners() -> None:
    bare = CourseData("c", ["a"], [], [np.zeros(0, np.int32)], [sequence("x", [0, 0], [1, 1])])
    assert Course(bare).counts([0]).total.tolist() == [1, 1, 1, 1]
    assert not Course(bare).ahead.any()
    nobody = Course(replace(bare, sequences=[]))
    assert len(nobody) == 0
    assert nobody.counts([]).total.tolist() == [0, 0, 0, 0]
