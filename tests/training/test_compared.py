"""Other meta-learners in the table: they learn, adapt, and keep to what was seen."""

from __future__ import annotations

import numpy as np
import pytest

from metaedu_plugin.training.compared import SETUPS, Compared
from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.evaluation import metrics
from metaedu_plugin.training.evaluation.rows import flatten
from metaedu_plugin.training.meta import META_LEARNERS
from tests.training.courses import rasch
from tests.training.test_evaluation_replay import pairs_of_twins


def test_every_meta_learner_has_its_setup() -> None:
    assert set(SETUPS) == set(META_LEARNERS)


@pytest.mark.parametrize("name", list(SETUPS))
def test_they_predict_better_than_chance(name: str) -> None:
    train, test = flatten(rasch(learners=150)), flatten(rasch(learners=40, seed=0, key="other-people"))
    compared = Compared(name, epochs=2)
    compared.fit([train])
    told = compared.predict(test, train)
    assert np.isfinite(told).all()
    assert ((told >= 0) & (told <= 1)).all()
    assert metrics.auc(test.correct, told) > 0.6


def test_they_do_not_peek_within_a_submission() -> None:
    train, test = flatten(pairs_of_twins(timed=True, learners=60)), flatten(pairs_of_twins(timed=True, seed=1))
    compared = Compared("maml", epochs=1)
    compared.fit([train])
    assert metrics.auc(test.correct, compared.predict(test, train)) == pytest.approx(0.5, abs=0.03)


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(TrainingError, match="in_context, maml"):
        Compared("mamml")
