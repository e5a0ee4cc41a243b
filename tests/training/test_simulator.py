"""Simulated courses: reproducible, varied, and they follow the model that they claim to."""

from dataclasses import replace

import numpy as np
import pytest

from metaedu_plugin.training.simulator import draw_traits, simulate_course, simulate_courses


@pytest.fixture(scope="module")
def courses():
    return list(simulate_courses(40, seed=0))


@pytest.fixture
def plain():
    """Traits of a course with nothing but ability and difficulty, everything logged; to be changed by each test."""
    nothing = dict.fromkeys(
        [
            "ability_tail",
            "factor_spread",
            "skill_spread",
            "growth",
            "mood",
            "drift",
            "fatigue",
            "rise",
            "rise_within",
            "guess",
            "slip",
            "shuffled",
            "roam",
            "switch",
            "skip",
            "late",
            "selection",
            "second_pass",
            "retry",
            "stick",
            "redo",
            "review",
            "echo",
            "several",
            "untagged",
            "mistagged",
            "hints",
            "partial",
            "discrimination_spread",
        ],
        0.0,
    )
    return replace(
        draw_traits(np.random.default_rng(3)),
        **nothing,
        learners=400,
        items=40,
        skills=4,
        sets=4,
        set_share=1.0,
        mastery=0,
        coarse=1,
        drawn=False,
        blocked=True,
        length=40.0,
        length_spread=0.01,
        item_spread=1.5,
        ability_spread=1.0,
        mean_difficulty=0.0,
        gain=0.01,
        anonymous=False,
        changes_only=False,
        has_times=True,
        has_attempts=True,
    )


def play(traits, seed=1):
    return simulate_course(traits, np.random.default_rng(seed), key="c")


def together(course, name):
    return np.concatenate([getattr(s, name) for s in course.sequences])


def test_the_same_seed_gives_the_same_courses():
    one, other = (list(simulate_courses(3, seed=5)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert [s.learner for s in a.sequences] == [s.learner for s in b.sequences]
        assert all(np.array_equal(x.correct, y.correct) for x, y in zip(a.sequences, b.sequences, strict=True))


def test_courses_differ_in_size_difficulty_and_tagging(courses):
    means = [together(c, "correct").mean() for c in courses]
    assert min(means) < 0.45 and max(means) > 0.75
    assert max(len(c.items) for c in courses) > 5 * min(len(c.items) for c in courses)
    assert max(len(c.sequences) for c in courses) > 10 * min(len(c.sequences) for c in courses)
    assert any(all(len(skills) == 0 for skills in c.item_skills) for c in courses), "some course without skills"
    assert any(max(len(skills) for skills in c.item_skills) >= 2 for c in courses), "some item with two skills"


def test_every_course_is_whole(courses):
    for course in courses:
        items = together(course, "item")
        assert set(items) == set(range(len(course.items))), "items are those that somebody met"
        assert len(course.item_skills) == len(course.items) == len(course.facts["anonymous"])
        assert all((skills < len(course.skills)).all() and (skills >= 0).all() for skills in course.item_skills)
        assert set(np.unique(together(course, "correct"))) <= {0.0, 1.0}
        for sequence in course.sequences:
            if sequence.time[0] >= 0:
                assert (np.diff(sequence.time) > 0).all()
                assert (sequence.seconds > 0).all()


def test_where_items_are_unknown_each_set_of_skills_is_one(courses):
    anonymous = [c for c in courses if c.facts["anonymous"].any()]
    assert anonymous
    for course in anonymous:
        assert course.facts["anonymous"].all()
        assert len({tuple(skills) for skills in course.item_skills}) == len(course.items)


def test_the_attempt_counts_the_times_at_the_item(courses):
    for course in courses:
        if course.facts["anonymous"].any() or together(course, "attempt").max() == 1:
            continue
        for sequence in course.sequences[:20]:
            for item in np.unique(sequence.item):
                attempts = sequence.attempt[sequence.item == item]
                assert attempts[0] == 1
                assert (np.diff(attempts) >= 1).all()


def test_abler_learners_and_easier_items_are_right_more_often(plain):
    course = play(plain)
    items, correct = together(course, "item"), together(course, "correct")
    easiness = np.bincount(items, correct, 40) / np.bincount(items, minlength=40)
    first = np.array([s.correct[: len(s) // 2].mean() for s in course.sequences if len(s) > 20])
    second = np.array([s.correct[len(s) // 2 :].mean() for s in course.sequences if len(s) > 20])
    assert easiness.std() > 0.1, "items differ"
    assert np.corrcoef(first, second)[0, 1] > 0.4, "a learner's halves agree"


def test_practice_raises_success_and_forgetting_takes_it_back(plain):
    flat = replace(plain, item_spread=0.0, skill_difficulty_spread=0.0, ability_spread=0.1, gain_spread=0.2)
    still, learning = play(replace(flat, gain=0.001)), play(replace(flat, gain=0.5, forget_per_day=0.0))
    forgetting = play(replace(flat, gain=0.5, forget_per_day=50.0))

    def last_of_first_skill(course):
        return np.mean([s.correct[5:9].mean() for s in course.sequences if len(s) > 10])

    assert last_of_first_skill(learning) > last_of_first_skill(still) + 0.15
    assert last_of_first_skill(forgetting) < last_of_first_skill(learning) - 0.02


def test_retries_follow_wrong_answers_and_no_others(plain):
    course = play(replace(plain, retry=0.9, tries=5, retry_gain=1.0, length=80.0))
    again = np.concatenate([s.item[1:] == s.item[:-1] for s in course.sequences])
    before = np.concatenate([s.correct[:-1] for s in course.sequences])
    after = np.concatenate([s.correct[1:] for s in course.sequences])
    assert again.mean() > 0.2
    assert not before[again].any(), "nobody tries again what was right"
    assert 0.1 < after[again].mean() < 0.9
    assert together(course, "attempt").max() == 5


def test_what_was_right_is_nearly_sure_to_be_right_again(plain):
    course = play(replace(plain, review=0.3, recall=5.0, mean_difficulty=1.0))
    again, right = [], []
    for s in course.sequences:
        last: dict[int, float] = {}
        for item, correct in zip(s.item, s.correct, strict=True):
            if last.get(item) == 1.0:
                again.append(correct)
            right.append(correct)
            last[item] = correct
    assert np.mean(again) > 0.85
    assert np.mean(right) < 0.6


def test_mastery_ends_a_set_early(plain):
    every, some = play(plain), play(replace(plain, mastery=2, mean_difficulty=-3.0))
    assert np.mean([len(s) for s in some.sequences]) < 0.5 * np.mean([len(s) for s in every.sequences])


def test_an_echo_repeats_the_answer(plain):
    course = play(replace(plain, echo=1.0, length=80.0))
    same = [(s.item[0::2][:20] == s.item[1::2][:20]).all() for s in course.sequences if len(s) >= 40]
    agree = [(s.correct[0::2][:20] == s.correct[1::2][:20]).mean() for s in course.sequences if len(s) >= 40]
    assert same and all(same)
    assert np.mean(agree) > 0.95
