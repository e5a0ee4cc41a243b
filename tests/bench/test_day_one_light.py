from dataclasses import replace

import numpy as np
import pytest

from bench.day_one.courses import to_log
from bench.day_one.light import METHODS
from bench.day_one.light.folds import folds
from bench.day_one.light.irt import Rasch
from bench.day_one.light.keys import Past, groups, item_keys
from bench.day_one.log import Log
from metaedu_plugin.training.evaluation.metrics import auc


def course(learners=60, items=20, seed=0, skills=("1", "2_3", "4")) -> Log:
    """Made by a Rasch model, so that items and abilities matter; every fifth item is unknown."""
    rng = np.random.default_rng(seed)
    ability, easiness = rng.normal(0, 1.2, learners), rng.normal(0.3, 1.2, items)
    who = np.repeat(np.arange(learners), items)
    what = np.concatenate([rng.permutation(items) for _ in range(learners)])
    correct = rng.random(len(who)) < 1 / (1 + np.exp(-(ability[who] + easiness[what])))
    skill = np.array([skills[i % len(skills)] for i in what])
    file = {"learner": who, "item": np.where(what % 5 == 0, -1, what), "skill": skill, "correct": correct}
    return to_log("made", "x", file)


LOG = course()
SUPPORT, QUERY = LOG.of(range(40)), LOG.of(range(40, 60))


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("learners", [1, 3, 40])
def test_probabilities_at_any_number_of_learners(name, learners):
    told = METHODS[name]().fit(SUPPORT.of(range(learners)), seed=0).predict(QUERY)
    assert told.shape == (len(QUERY),)
    assert ((told > 0) & (told < 1)).all()
    if learners == 40:
        assert auc(QUERY.correct, told) > (0.66 if name != "pfa" else 0.58)


@pytest.mark.parametrize("name", METHODS)
def test_a_prediction_knows_nothing_of_its_row_or_later_or_of_other_learners(name):
    fitted = METHODS[name]().fit(SUPPORT, seed=0)
    before = fitted.predict(QUERY)
    later = (QUERY.turn == 3) & (QUERY.seen >= 8)
    changed = {c: np.where(later, 1 - getattr(QUERY, c), getattr(QUERY, c)) for c in ("correct", "score")}
    after = fitted.predict(
        replace(QUERY, **changed, hints=QUERY.hints + 2.0 * later, seconds=QUERY.seconds + 9 * later)
    )
    reached = (QUERY.turn == 3) & (QUERY.seen > 8)
    assert np.array_equal(before[~reached], after[~reached])
    if name != "item-mean":
        assert not np.allclose(before[reached], after[reached])
    assert np.allclose(fitted.predict(QUERY.of([43])), before[QUERY.turn == 3], atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_unseen_items_and_skills_one_outcome_and_no_skills(name):
    elsewhere = replace(QUERY, item=QUERY.item + 1000, skills=QUERY.skills + 100)
    assert np.isfinite(METHODS[name]().fit(SUPPORT, seed=0).predict(elsewhere)).all()
    always = replace(SUPPORT, correct=np.ones(len(SUPPORT)))
    told = METHODS[name]().fit(always.of([0]), seed=0).predict(QUERY)
    assert ((told[QUERY.seen == 0] > 0.5) & (told[QUERY.seen == 0] < 1)).all()
    bare = replace(LOG, skills=np.full((len(LOG), 1), -1))
    assert np.isfinite(METHODS[name]().fit(bare.of(range(12)), seed=0).predict(bare.of(range(40, 60)))).all()


def test_rasch_finds_items_and_spread():
    fitted = Rasch().fit(course(learners=400, items=30), seed=0)
    rng = np.random.default_rng(0)
    rng.normal(0, 1.2, 400)
    true = rng.normal(0.3, 1.2, 30)
    known = fitted.vocabulary.keys >= 0
    assert np.corrcoef(fitted.easiness[:-1][known], true[fitted.vocabulary.keys[known]])[0, 1] > 0.98
    assert fitted.spread == pytest.approx(1.2, abs=0.15)


def test_past_sums_are_those_of_a_loop():
    rng = np.random.default_rng(1)
    group, values = rng.integers(0, 7, 200), rng.random(200)
    for decay in (1.0, 0.7):
        sums, wanted = dict.fromkeys(range(7), 0.0), []
        for g, v in zip(group.tolist(), values.tolist(), strict=True):
            wanted.append(sums[g])
            sums[g] = decay * (sums[g] + v)
        assert np.allclose(Past(group).sum(values, decay), wanted)
    assert len(Past(group[:0]).sum(values[:0])) == 0


def test_keys_tell_sets_of_skills_apart():
    file = {"learner": [0] * 4, "item": [-1, -1, 3, -1], "skill": ["1_2", "1", "1", "2_1"], "correct": [0, 1, 0, 1]}
    keys = item_keys(to_log("x", "x", {k: np.asarray(v) for k, v in file.items()}))
    assert keys[2] == 3
    assert keys[0] == keys[3] != keys[1]
    assert (keys[[0, 1, 3]] < 0).all()
    assert groups(np.array([5, 5, 9]), np.array([1, 2, 1])).tolist() == [0, 1, 2]


def test_folds_part_learners():
    assert folds(LOG.of(range(9)), seed=0) == []
    parts = folds(LOG.of(range(10)), seed=0)
    tested = [n for _, test in parts for n in test.learners.tolist()]
    assert sorted(tested) == list(range(10))
    assert all(not set(train.learners.tolist()) & set(test.learners.tolist()) for train, test in parts)
