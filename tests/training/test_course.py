"""A course's counts are what a loop counts, whoever is counted; a learner's own are theirs."""

from __future__ import annotations

from collections.abc import Callable
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


def looped(data: CourseData, learners: list[int]) -> dict[str, np.ndarray]:
    told = {"item": np.zeros((len(data.items), 5)), "skill": np.zeros((len(data.skills) + 1, 5)), "total": np.zeros(5)}
    for row in learners:
        met: set[tuple[str, int | tuple]] = set()
        for item, correct in zip(data.sequences[row].item.tolist(), data.sequences[row].correct.tolist(), strict=True):
            add = [0, 0, 1, correct] if ("item", item) in met else [1, correct, 0, 0]
            places = [("total", ()), *(("skill", int(skill)) for skill in data.item_skills[item])]
            places += [] if data.anonymous[item] else [("item", item)]
            for table, at in places:
                told[table][at] += [*add, (table, at) not in met]
            met.update(places)
    return told


def same(data: CourseData, learners: list[int]) -> None:
    counts, expected = Course(data).counts(learners), looped(data, learners)
    for name, table in expected.items():
        assert getattr(counts, name).tolist() == table.tolist(), name


@pytest.mark.parametrize("learners", [[], [0], [2], [0, 1], [0, 1, 2]])
def test_counts_by_hand(learners: list[int]) -> None:
    same(tagged(), learners)


def test_first_attempts_and_later_ones() -> None:
    counts = Course(tagged()).counts([0])
    assert counts.item[0].tolist() == [1, 0, 2, 1, 1]
    assert counts.skill[1].tolist() == [2, 1, 2, 1, 1]
    assert counts.total.tolist() == [2, 1, 2, 1, 1]
    assert Course(tagged()).again.tolist() == [0, 1, 0, 1, 0, 0, 1, 0]


def test_learners_are_counted_once_wherever_they_were() -> None:
    counts = Course(tagged()).counts(range(3))
    assert counts.item.tolist() == [[1, 0, 2, 1, 1], [3, 2, 0, 0, 3], [1, 1, 1, 1, 1]]
    assert counts.skill.tolist() == [[1, 0, 2, 1, 1], [4, 2, 2, 1, 3], [0] * 5]
    assert counts.total.tolist() == [5, 3, 3, 2, 3]


def test_whoever_answered_nothing_is_nobody() -> None:
    data = tagged()
    data = replace(data, sequences=[sequence("n", [], []), *data.sequences, sequence("m", [], [])])
    assert Course(data).counts([0, 4]).total.tolist() == [0] * 5
    for learners in ([0], [0, 2], [1, 2, 3, 4], [0, 1, 2, 3, 4]):
        same(data, learners)


def partly_anonymous(data: CourseData) -> CourseData:
    return replace(data, facts={"anonymous": np.arange(len(data.items)) % 3 == 0})


def of_several_skills() -> CourseData:
    """With untagged items and items tried again, too."""
    data = next(d for d in simulate_courses(50, 1) if max(map(len, d.item_skills)) > 1 and not d.anonymous.any())
    tags = [tagged[:0] if n % 5 == 4 else tagged for n, tagged in enumerate(data.item_skills)]
    again = [replace(s, item=s.item[np.arange(len(s)) // 2 * 2]) for s in data.sequences]
    return replace(data, item_skills=tags, sequences=[*data.sequences[::2], *again[1::2]])


def as_simulated() -> CourseData:
    return next(d for d in simulate_courses(50, 1) if d.anonymous.any() and max(map(len, d.item_skills)) > 1)


COURSES = [tagged, of_several_skills, lambda: partly_anonymous(of_several_skills()), as_simulated]


@pytest.mark.parametrize("made", COURSES)
def test_counts_of_few_and_of_most_and_of_all(made: Callable[[], CourseData]) -> None:
    data = made()
    everybody = list(range(len(data.sequences)))
    same(data, everybody[:3])
    same(data, everybody[2:])
    same(data, everybody)
    same(data, everybody[::-2])


@pytest.mark.parametrize("made", COURSES)
def test_own_counts_are_what_a_loop_counts_of_one_learner(made: Callable[[], CourseData]) -> None:
    data = made()
    course = Course(data)
    for learner in range(min(20, len(course))):
        own, expected = course.own(learner), looped(data, [learner])
        items = course.item[course.rows(learner)]
        assert own.item.tolist() == expected["item"][items].tolist()
        assert own.skill.tolist() == expected["skill"][course.skill_table[items]].tolist()
        assert own.total.tolist() == expected["total"].tolist()
        assert own.total[4] == 1


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
    same(data, [0, 1, 2])
    course = Course(data)
    assert not course.again.any()
    assert not course.own(0).item.any()
    assert course.own(0).total.tolist() == [4, 2, 0, 0, 1]
    assert course.own(0).skill[0].tolist() == [[3, 1, 0, 0, 1], [4, 2, 0, 0, 1]]


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
    assert Course(bare).counts([0]).total.tolist() == [1, 1, 1, 1, 1]
    assert not Course(bare).ahead.any()
    nobody = Course(replace(bare, sequences=[]))
    assert len(nobody) == 0
    assert nobody.counts([]).total.tolist() == [0] * 5
