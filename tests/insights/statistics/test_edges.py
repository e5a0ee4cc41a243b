"""Classes as odd as they come: nothing is raised or warned of, and what cannot be told is NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaedu_plugin.insights.statistics import (
    Answers,
    Estimate,
    item_statistics,
    learner_statistics,
    opportunities,
    skill_statistics,
)
from metaedu_plugin.insights.statistics.structure import structure
from metaedu_plugin.insights.thresholds import QUIET_ANSWERS
from tests.insights.classes import START, answers

SKILLS = ["one", "two", "nobody's"]
pytestmark = pytest.mark.filterwarnings("error")


@st.composite
def classes(draw: st.DrawFn) -> Answers:
    """One learner or dozens, who all do the same or not, with times and seconds or without."""
    people, size = draw(st.sampled_from([1, 2, 5, 31, 70])), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    who, item = np.nonzero(rng.random((people, size)) < draw(st.sampled_from([0.3, 1.0])))
    again = draw(st.integers(1, 3))
    # Who has answered nothing is no learner of a class, but an item may be without answers.
    who, item = np.repeat(np.unique(who, return_inverse=True)[1], again), np.repeat(item, again)
    n = len(who)
    nothing = np.full(n, np.nan)
    months = np.sort(rng.integers(0, 5, n)) * 30 * 86400.0
    return answers(
        learner=who,
        item=item,
        items=size,
        correct=rng.random(n) < draw(st.sampled_from([0.0, 0.5, 1.0])),
        attempt=np.tile(np.arange(1, again + 1), n // again) + draw(st.sampled_from([0, 1])),
        hints=rng.integers(0, draw(st.sampled_from([1, 3])), n),
        choice=rng.integers(-1, draw(st.sampled_from([0, 3])), n),
        seconds=draw(st.sampled_from([nothing, np.zeros(n), rng.exponential(9, n), np.full(n, 1e9)])),
        time=draw(st.sampled_from([nothing, START + months, np.full(n, START)])),
    )


def check(one: Estimate, *, within: tuple[float, float] | None = None) -> None:
    if one.known:
        assert one.low <= one.value + 1e-9 and one.value <= one.high + 1e-9, one
        assert math.isfinite(one.value)
    if within is not None:
        assert within[0] <= one.low <= one.high <= within[1], one


@settings(max_examples=120, deadline=None)
@given(classes())
def test_whatever_the_class_figures_are_in_range_or_unknown(given_: Answers) -> None:
    item_skills = {key: (SKILLS[n % 2],) for n, key in enumerate(given_.items)}
    learners = learner_statistics(given_)
    for item in item_statistics(given_):
        check(item.success, within=(0, 1))
        check(item.discrimination)
        assert math.isnan(item.difficulty) or abs(item.difficulty) <= 7
        assert 0 <= item.hint_share <= 1 and 0 <= item.wrong_choice_share <= 1
    for learner in learners:
        check(learner.success, within=(0, 1))
        assert 0 <= learner.wrong_in_a_row <= learner.answers
    met = opportunities(given_, skills=SKILLS, item_skills=item_skills)
    for skill in skill_statistics(met, skills=SKILLS, items_of_skill={}):
        check(skill.success, within=(0, 1))
        check(skill.gain)
        check(skill.curve.rate)
    found = structure(given_, learners=learners, skills=SKILLS, item_skills=item_skills, prerequisites={"two": ["one"]})
    for doubt in found.doubts:
        assert 0 <= doubt.p <= 1 and doubt.low <= doubt.gap <= doubt.high
    for shift in found.drifts:
        assert 0 <= shift.p <= 1 and shift.low <= shift.shift <= shift.high
    told = [one for group in found.groups for one in group.learners]
    assert not told or sorted(told) == sorted(one.learner for one in learners if one.answers >= QUIET_ANSWERS)
