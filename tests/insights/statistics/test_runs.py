"""Items beside earlier runs, against simulations of which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from metaedu_plugin.insights.statistics.difficulty import rasch
from metaedu_plugin.insights.statistics.runs import LINKS, run_changes, run_items
from tests.insights.classes import answers

TIMES = 40


def class_of(rng, hard, *, learners=300, able=0.0, spread=1.0, missing=0.3):
    """Answers of a Rasch class; NaN in `hard` for items that the run does not have."""
    learner = np.repeat(np.arange(learners), len(hard))
    item = np.tile(np.arange(len(hard)), learners)
    keep = (rng.random(len(item)) >= missing) & ~np.isnan(hard[item])
    chance = 1 / (1 + np.exp(-(rng.normal(able, spread, learners)[learner] - hard[item])))
    right = rng.random(len(item)) < chance
    return answers(learner=learner[keep], item=item[keep], correct=right[keep], items=len(hard))


def run(rng, hard, **given):
    return run_items(class_of(rng, hard, **given))


def test_the_standard_error_of_a_difficulty_is_its_spread_over_classes():
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 1, 30)
    fits = [rasch(class_of(rng, hard)) for _ in range(60)]
    seen = np.std([one.hard for one in fits], axis=0)
    told = np.mean([one.error for one in fits], axis=0)
    assert np.median(told / seen) == pytest.approx(1.0, abs=0.15)


def test_no_change_is_found_where_only_the_learners_differ():
    rng = np.random.default_rng(1)
    found, held = 0, []
    for _ in range(TIMES):
        hard = rng.normal(0, 1, 40)
        now = run(rng, hard, able=0.8, spread=1.3)
        changes = run_changes(now, [run(rng, hard), run(rng, hard, able=-0.5)])
        assert len(changes) == 40
        found += any(one.sure for one in changes)
        held += [one.harder.low <= 0 <= one.harder.high for one in changes]
    assert found <= 4, "one class in twenty or so"
    assert 0.93 <= np.mean(held) <= 0.995


def test_what_changed_is_found_with_a_range_that_holds_it():
    rng = np.random.default_rng(2)
    held, sure, shifts = [], [], []
    for _ in range(TIMES):
        hard = rng.normal(0, 0.7, 40)
        new = hard.copy()
        new[3] += 1.2
        changes = {one.item: one for one in run_changes(run(rng, new, able=0.5), [run(rng, hard), run(rng, hard)])}
        one = changes["item003"]
        held.append(one.harder.low <= 1.2 <= one.harder.high)
        sure.append(one.sure)
        shifts.append(one.shift.value)
        assert one.shift.low <= one.shift.value <= one.shift.high
        assert one.shift.value == pytest.approx(one.now.success.value - one.expected, abs=0.01)
    assert np.mean(held) >= 0.9
    assert np.mean(sure) >= 0.8
    assert -0.35 < np.mean(shifts) < -0.18


def test_when_all_items_vary_from_run_to_run_none_of_them_stands_out():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(TIMES):
        hard = rng.normal(0, 0.7, 40)
        found.append(
            sum(
                one.sure
                for one in run_changes(
                    run(rng, hard + rng.normal(0, 0.5, 40), learners=800), [run(rng, hard, learners=800)]
                )
            )
        )
    assert np.mean(found) <= 0.5


def test_runs_that_share_too_little_are_not_compared():
    rng = np.random.default_rng(4)
    hard = rng.normal(0, 1, 20)
    other = hard.copy()
    other[LINKS - 1 :] = np.nan
    assert run_changes(run(rng, hard), [run(rng, other)]) == []
    assert run_changes(run(rng, hard), []) == []
    assert run_changes({}, [run(rng, hard)]) == []
    assert run_items(class_of(rng, hard, learners=10)) == {}, "fewer learners than are needed to judge an item"
    assert {one.item for one in run_changes(run(rng, hard), [run(rng, hard), run(rng, other)])} == {
        f"item{n:03d}" for n in range(20)
    }
