"""Simulated courses: reproducible, varied, and they follow the model that they claim to."""

import numpy as np

from metaedu_plugin.training.simulator import draw_traits, simulate_course, simulate_courses


def test_the_same_seed_gives_the_same_courses():
    one, other = (list(simulate_courses(3, seed=5)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert [s.learner for s in a.sequences] == [s.learner for s in b.sequences]
        assert all(np.array_equal(x.correct, y.correct) for x, y in zip(a.sequences, b.sequences, strict=True))


def test_courses_differ_in_size_difficulty_and_tagging():
    courses = list(simulate_courses(40, seed=0))
    means = [np.concatenate([s.correct for s in c.sequences]).mean() for c in courses]
    assert min(means) < 0.45 and max(means) > 0.75
    assert max(len(c.items) for c in courses) > 5 * min(len(c.items) for c in courses)
    assert any(all(len(skills) == 0 for skills in c.item_skills) for c in courses), "some course without skills"
    assert any(max(len(skills) for skills in c.item_skills) == 2 for c in courses), "some item with two skills"


def test_abler_learners_and_easier_items_are_right_more_often():
    rng = np.random.default_rng(3)
    traits = draw_traits(rng)
    traits = type(traits)(
        **{**vars(traits), "learners": 400, "items": 40, "skills": 4, "item_spread": 1.5, "ability_spread": 1.0}
        | {"guess": 0.0, "slip": 0.0, "gain": 0.01, "order": "fixed", "retry": 0.0, "leave": 0.001}
    )
    course = simulate_course(traits, rng, key="c")
    items = np.concatenate([s.item for s in course.sequences])
    correct = np.concatenate([s.correct for s in course.sequences])
    easiness = np.bincount(items, correct, 40) / np.bincount(items, minlength=40)
    first = np.array([s.correct[: len(s) // 2].mean() for s in course.sequences if len(s) > 20])
    second = np.array([s.correct[len(s) // 2 :].mean() for s in course.sequences if len(s) > 20])
    assert easiness.std() > 0.1, "items differ"
    assert np.corrcoef(first, second)[0, 1] > 0.4, "a learner's halves agree"


def test_retries_are_attempts_at_the_same_item():
    for course in simulate_courses(20, seed=2):
        for sequence in course.sequences:
            again = sequence.attempt[1:] > 1
            assert np.array_equal(sequence.item[1:][again], sequence.item[:-1][again])
            assert not sequence.correct[:-1][again].any(), "nobody tries again what was right"
            if sequence.time[0] >= 0:
                assert (np.diff(sequence.time) > 0).all()
