"""Adjustment is bounded, never worse than where it began, and never looks at held-out learners."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from metaedu_plugin.training import adjust as module
from metaedu_plugin.training.adjust import adjust
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.meta_training import TrainOptions
from metaedu_plugin.training.trainer import EpochReport
from tests.training.courses import rasch


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[TrainOptions]:
    """Trainings whose loss is known: the further the rate is from 0.006, the worse; each epoch takes 20 ms."""
    seen: list[TrainOptions] = []

    def train(
        training: list[CourseData],
        validation: list[CourseData],
        options: TrainOptions,
        *,
        on_batch: Callable[[float], None],
        on_epoch: Callable[[EpochReport], None],
        start: object,
        directions: bool,
    ) -> None:
        assert not directions, "the loss that is searched by knows no style"
        seen.append(options)
        for epoch in range(1, options.epochs + 1):
            time.sleep(0.02)
            loss = abs(options.rate - 0.006) * 100 + 1 / epoch
            on_epoch(EpochReport(epoch, options.epochs, loss, 0.5, loss, 0.5, 0.02))

    monkeypatch.setattr(module, "train_in_context", train)
    return seen


def search(**given: Any) -> module.Adjusted:
    return adjust([rasch()], [rasch(seed=1)], TrainOptions(epochs=4), **{"trials": 12, "seconds": 60.0, **given})


def test_better_options_are_found_and_the_first_trial_is_where_it_began(tried: list[TrainOptions]) -> None:
    found = search()
    assert tried[0].rate == TrainOptions().rate
    assert found.loss <= found.before
    assert abs(found.options.rate - 0.006) < abs(TrainOptions().rate - 0.006)
    assert found.options.epochs == 4


def test_sizes_stay_with_weights_to_start_from(tried: list[TrainOptions]) -> None:
    search(start={})
    assert {options.hidden for options in tried} == {TrainOptions().hidden}
    assert len({options.rate for options in tried}) > 1


def test_trials_are_bounded(tried: list[TrainOptions]) -> None:
    assert search(trials=3).trials == 3
    assert len(tried) == 3
    assert all(options.epochs == 2 for options in tried)


def test_time_is_bounded(tried: list[TrainOptions]) -> None:
    begun = time.monotonic()
    found = search(trials=1000, seconds=0.2)
    assert time.monotonic() - begun < 2.0
    assert 1 <= found.trials < 100


def test_the_same_seed_searches_the_same(tried: list[TrainOptions]) -> None:
    assert search(trials=4).options == search(trials=4).options


def test_a_real_search_ends_with_options_that_train() -> None:
    options = TrainOptions(epochs=1, batches=1, hidden=8, width=8)
    found = adjust([rasch(learners=12)], [rasch(learners=8, seed=1)], options, trials=2, seconds=30.0)
    assert found.loss <= found.before
