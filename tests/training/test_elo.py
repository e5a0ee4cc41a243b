"""Elo goes learner by learner: many learners on few items do not throw the ratings about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metaedu_plugin.training.evaluation.baselines.elo import Elo
from metaedu_plugin.training.evaluation.metrics import log_loss
from metaedu_plugin.training.evaluation.rows import flatten
from tests.training.courses import rasch, sequence


def test_hundreds_of_learners_rate_the_items_as_they_are() -> None:
    data = rasch(learners=700, items=4, responses=8)
    known = flatten(replace(data, sequences=data.sequences[:600]))
    asked = flatten(replace(data, sequences=data.sequences[600:]))
    elo = Elo()
    elo.fit([known])
    told = elo.predict(asked, known)
    rate = np.full(len(asked), known.correct.mean())
    assert log_loss(asked.correct, told) < log_loss(asked.correct, rate) - 0.03
    easy = [known.correct[known.item == item].mean() for item in range(4)]
    first = [elo.predict(flatten(replace(data, sequences=[sequence("n", [i], [1])])), known)[0] for i in range(4)]
    assert np.corrcoef(first, easy)[0, 1] > 0.9
    assert np.abs(np.array(first) - easy).max() < 0.15


def test_of_one_submission_nothing_is_seen_before_all_of_it_is_predicted() -> None:
    data = rasch(learners=1)
    moment = [5.0, 5.0, 9.0]
    told = []
    for first in (0, 1):
        course = replace(data, sequences=[sequence("a", [0, 1, 2], [first, 1, 1], time=moment)])
        told.append(Elo().predict(flatten(course), None))
    assert told[0][:2].tolist() == told[1][:2].tolist()
    assert told[0][2] < told[1][2]
