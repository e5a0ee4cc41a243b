import numpy as np
import pytest

from bench.day_one import split
from bench.day_one.courses import to_course, to_log
from bench.day_one.log import Log
from bench.day_one.steps import first_rows, merged_skills
from metaedu_plugin.training.evaluation.metrics import auc


def columns(learner, item, skill, correct, **more):
    rows = {"learner": learner, "item": item, "skill": skill, "correct": correct} | more
    return {key: np.asarray(values) for key, values in rows.items()}


def last_outcome(log: Log):
    """A cheat: repeat what was seen last."""
    return np.where(log.seen > 0, np.r_[0.5, log.correct[:-1]], 0.5)


def test_a_step_with_several_skills_is_one_response():
    learner = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    item = np.array([7, 7, 7, 7, 8, -1, -1, 7])
    skill = np.array([3, 1, 3, 1, 1, 2, 1, 3])
    correct = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    first = first_rows(learner, item, skill, correct)
    # The skill 3 once more, another outcome, another item, unknown items, another learner: each begins a response.
    assert first.tolist() == [0, 2, 3, 4, 5, 6, 7]
    assert merged_skills(skill, first).tolist() == [[1, 3], [3, -1], [1, -1], [1, -1], [2, -1], [1, -1], [3, -1]]


def test_a_cheat_gains_nothing_from_rows_for_each_skill():
    rng = np.random.default_rng(0)
    steps, correct = np.arange(3000), rng.integers(0, 2, 3000)
    skills = 1 + steps % 3
    expanded = np.repeat(steps, skills)
    of_step = np.concatenate([np.arange(s) for s in skills])
    file = columns(expanded // 100, expanded, of_step, correct[expanded])
    as_written = to_log("another", "x", file)
    assert auc(as_written.correct, last_outcome(as_written)) > 0.7
    log = to_log("assist2009_akt", "x", file)
    assert len(log) == 3000
    assert log.correct.tolist() == correct.tolist()
    assert auc(log.correct, last_outcome(log)) == pytest.approx(0.5, abs=0.03)


def test_attempts_are_counted_for_known_items_only_and_told_ones_kept():
    file = columns([0, 0, 0, 0, 1], [5, 6, 5, -1, 5], [-1] * 5, [0, 1, 1, 1, 0])
    assert to_log("x", "x", file).attempt.tolist() == [1, 1, 2, 1, 1]
    assert to_log("x", "x", file | {"attempts": np.array([4, 1, 5, 2, 1])}).attempt.tolist() == [4, 1, 5, 2, 1]


def test_seconds_come_from_starts_or_from_the_exam_and_breaks_are_unknown():
    file = columns([0, 0, 0, 1], [1, 2, 3, 1], [0] * 4, [1] * 4, timestamp=[100, 130, 99999, 100100])
    assert to_log("x", "x", file).seconds.tolist() == [30, -1, -1, -1]
    exam = columns([0, 0, 0, 1], [1, 2, 3, 1], [0] * 4, [1] * 4, exam_ms=[9000, 10000, 4000, 5000], course=[0, 0, 1, 0])
    log = to_log("x", "x", exam)
    assert log.seconds.tolist() == [9, 1, 4, 5]
    assert (log.time == -1).all()


def test_several_skills_in_a_text():
    log = to_log("x", "x", columns([0, 0], [1, 2], ["17_3", "-1"], [1, 0]))
    assert log.skills.tolist() == [[3, 17], [-1, -1]]


def test_a_log_of_some_learners_keeps_the_order_asked_for():
    log = to_log("x", "x", columns([4, 4, 9, 2, 2, 2], [1, 2, 1, 1, 2, 3], [0] * 6, [1, 0, 1, 0, 0, 0]))
    assert log.seen.tolist() == [0, 1, 0, 0, 1, 2]
    part = log.of([2, 4])
    assert (part.learner.tolist(), part.item.tolist()) == ([2, 2, 2, 4, 4], [1, 2, 3, 1, 2])
    assert len(log.of([])) == 0
    assert log.of([]).learners.tolist() == []
    with pytest.raises(KeyError):
        log.of([5])


def test_as_the_plugin_has_it():
    file = columns([0, 0, 0, 1], [11, -1, -1, 11], ["5", "3_5", "3", "7"], [1, 0, 1, 0])
    course = to_course(to_log("x", "x", file))
    assert course.items == ["skills:3", "skills:3_5", "11"]
    assert course.facts["anonymous"].tolist() == [True, True, False]
    named = [[course.skills[s] for s in tags] for tags in course.item_skills]
    assert named == [["3"], ["3", "5"], ["5", "7"]]
    assert [s.learner for s in course.sequences] == ["0", "1"]
    assert [course.items[i] for i in course.sequences[0].item] == ["11", "skills:3_5", "skills:3"]
    assert course.sequences[0].correct.tolist() == [1, 0, 1]
    assert to_course(to_log("x", "x", file).of([])).responses == 0


def test_who_is_asked_about_depends_on_nothing_but_the_number():
    log = to_log("x", "x", columns(np.repeat(np.arange(500), 2), [1, 2] * 500, [0] * 1000, [0, 1] * 500))
    asked, order = split.query(log).learners, split.support_order(log)
    assert 60 < len(asked) < 140
    assert not set(asked.tolist()) & set(order)
    assert len(asked) + len(order) == 500
    assert split.numbers(log) == (0, 1, 3, 10, 30, 100, 300, "all")
    assert split.support(log, 3).learners.tolist() == order[:3]
    assert len(split.support(log, "all").learners) == len(order)
    half = log.of(log.learners[::2])
    assert set(split.query(half).learners.tolist()) == {n for n in asked.tolist() if n % 2 == 0}
    assert split.numbers(half.of(half.learners[:20]))[-1] == "all"
    with pytest.raises(ValueError, match="use 'all'"):
        split.support(half, 300)
