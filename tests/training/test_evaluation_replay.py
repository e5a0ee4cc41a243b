"""Predictions are taken before anything of the submission is known, and from other learners' counts only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.evaluation import metrics
from metaedu_plugin.training.evaluation.baselines import BASELINES
from metaedu_plugin.training.evaluation.history import tallies
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import Rows, flatten
from serving.model import Context, Floats, Observed
from tests.training.courses import LastOutcome, OthersOnItem, rasch, sequence


def pairs_of_twins(*, timed: bool, learners: int = 150, submissions: int = 20, seed: int = 0) -> CourseData:
    """Each submission has two rows with the same coin's outcome: only a leak can tell the second from the first."""
    rng = np.random.default_rng(seed)
    sequences = []
    for n in range(learners):
        coin = rng.integers(2, size=submissions)
        items = np.repeat(rng.integers(1000, size=submissions), 2)
        if timed:
            items = items + np.tile([0, 1000], submissions)
        time = np.repeat(1e6 + 60.0 * np.arange(submissions), 2).tolist() if timed else None
        sequences.append(sequence(f"l{n}", items.tolist(), np.repeat(coin, 2).tolist(), time=time))
    return CourseData("twins", [str(n) for n in range(2000)], ["s"], [np.array([0], np.int32)] * 2000, sequences)


@pytest.mark.parametrize("timed", [True, False])
def test_responses_of_one_submission_do_not_give_each_other_away(timed: bool) -> None:
    rows = flatten(pairs_of_twins(timed=timed))
    assert metrics.auc(rows.correct, replay(LastOutcome(), rows, None)) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("name", list(BASELINES))
def test_baselines_do_not_peek_either(name: str) -> None:
    train, test = flatten(pairs_of_twins(timed=True)), flatten(pairs_of_twins(timed=True, seed=1))
    baseline = BASELINES[name]()
    baseline.fit([train])
    assert metrics.auc(test.correct, baseline.predict(test, train)) == pytest.approx(0.5, abs=0.03)


def test_the_crafted_case_would_betray_a_leak() -> None:
    rows = flatten(pairs_of_twins(timed=True))
    fields = {**vars(rows), "submission": np.arange(len(rows)) - np.searchsorted(rows.learner, rows.learner)}
    assert metrics.auc(rows.correct, replay(LastOutcome(), Rows(**fields), None)) > 0.7


def test_submissions_are_told_apart() -> None:
    course = CourseData(
        "c",
        ["p#1", "p#2", "q"],
        [],
        [np.zeros(0, np.int32)] * 3,
        [
            sequence("timed", [0, 1, 0, 1, 2], [1] * 5, time=[10.0, 10.0, 20.0, 20.0, 30.0]),
            sequence("retries", [0, 0, 0], [0, 0, 1], attempt=[1, 2, 3]),
            sequence("repeated", [0, 0, 2], [0, 0, 1]),
        ],
    )
    rows = flatten(course)
    assert rows.submission.tolist() == [0, 0, 1, 1, 2, 0, 1, 2, 0, 0, 1]
    assert rows.seen.tolist() == [0, 0, 2, 2, 4, 0, 1, 2, 0, 0, 2]


def test_a_learner_sees_the_counts_of_the_others_and_never_its_own() -> None:
    known = CourseData(
        "c", ["a", "b"], [], [np.zeros(0, np.int32)] * 2, [sequence("k", [0, 0, 1], [1, 1, 0], attempt=[1, 2, 1])]
    )
    asked = CourseData(
        "c", ["a", "b"], [], [np.zeros(0, np.int32)] * 2, [sequence(f"l{n}", [0, 1, 0], [0, 0, 0]) for n in range(3)]
    )
    told = replay(OthersOnItem(), flatten(asked), flatten(known))
    assert told.tolist() == pytest.approx([3 / 4, 1 / 3, 3 / 4] * 3)
    assert replay(OthersOnItem(), flatten(asked), None).tolist() == [0.5] * 9


def test_first_and_later_attempts_are_counted_apart_and_learners_once() -> None:
    known = CourseData(
        "c",
        ["a", "b"],
        ["s", "t"],
        [np.array([0, 1], np.int32), np.array([1], np.int32)],
        [sequence("k", [0, 1, 0, 0], [0, 1, 1, 1]), sequence("l", [0, 1], [1, 0]), sequence("m", [1, 1], [1, 0])],
    )
    rows = flatten(known)
    on_a, on_b, on_t = [2, 1, 2, 2, 2], [3, 2, 1, 0, 3], [5, 3, 3, 2, 3]
    assert shown(known, known) == {"a": (on_a, [on_a, on_t], on_t), "b": (on_b, [on_t, [0] * 5], on_t)}
    assert shown(known, None) == {item: ([0] * 5, [[0] * 5] * 2, [0] * 5) for item in ("a", "b")}
    counts = tallies(rows, 2, 2)
    assert counts.item.tolist() == [[4, 3], [4, 2]]
    assert counts.skill.tolist() == [[4, 3], [8, 5]]
    assert counts.total.tolist() == [8, 5]
    nothing = tallies(None, 2, 1)
    assert [part.tolist() for part in (nothing.item, nothing.skill, nothing.total)] == [[[0, 0]] * 2, [[0, 0]], [0, 0]]


def shown(asked: CourseData, known: CourseData | None) -> dict[str, tuple[list[float], list[list[float]], list[float]]]:
    """What a replay shows of others: counts of each item, of its skills and of the course."""
    seen: list[Context] = []

    class Watching(LastOutcome):
        def observe(self, context: Context, outcome: Floats) -> Observed:
            seen.append(context)
            return super().observe(context, outcome)

    each = [sequence("one", [n], [1]) for n in range(len(asked.items))]
    replay(Watching(), flatten(replace(asked, sequences=each)), known and flatten(known))
    (context,) = seen
    columns = (context.course_item.tolist(), context.course_skills.tolist(), context.course_total.tolist())
    return dict(zip(asked.items, zip(*columns, strict=True), strict=True))


def test_an_anonymous_item_is_never_the_same_again() -> None:
    course = CourseData(
        "c",
        ["a", "b"],
        [],
        [np.zeros(0, np.int32)] * 2,
        [sequence("k", [0, 0, 1, 1], [1, 1, 0, 1])],
        facts={"anonymous": [True, False]},
    )
    rows = flatten(course)
    assert Course(course).again.tolist() == [0, 0, 0, 1]
    # Without times, one attempt repeated is one submission; but not where the items may be two.
    assert rows.submission.tolist() == [0, 1, 2, 2]
    none, total = [0] * 5, [3, 2, 1, 1, 1]
    assert shown(course, course) == {"a": (none, [none], total), "b": ([1, 0, 1, 1, 1], [none], total)}


def test_side_by_side_is_as_one_after_the_other() -> None:
    course = rasch(learners=7, responses=15)
    together = replay(LastOutcome(), flatten(course), None)
    alone = [
        replay(LastOutcome(), flatten(CourseData("c", course.items, course.skills, course.item_skills, [s])), None)
        for s in course.sequences
    ]
    assert together.tolist() == np.concatenate(alone).tolist()


def test_baselines_find_what_there_is_to_find() -> None:
    """On Rasch data every baseline beats chance, and those that follow the learner beat the item mean."""
    train, test = flatten(rasch(learners=200)), flatten(rasch(learners=80, seed=0))
    figures = {}
    for name, make in BASELINES.items():
        baseline = make()
        baseline.fit([train])
        figures[name] = metrics.auc(test.correct, baseline.predict(test, train))
    assert min(figures.values()) > 0.6
    assert min(v for k, v in figures.items() if k != "item mean") > figures["item mean"] + 0.03


@pytest.mark.parametrize("name", list(BASELINES))
def test_baselines_answer_in_a_course_that_nobody_knows(name: str) -> None:
    baseline = BASELINES[name]()
    baseline.fit([flatten(rasch())])
    other = flatten(rasch(key="other", seed=5, items=4))
    for known in (None, other):
        told = baseline.predict(other, known)
        assert told.shape == other.correct.shape
        assert np.isfinite(told).all()
        assert ((told >= 0) & (told <= 1)).all()
