"""The training of a run: within its time, and from its checkpoint on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.meta_training import TrainOptions, train_in_context
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.trainer import EpochReport


class _TimeIsUp(Exception):
    """The budget is spent; the checkpoint of the epoch just ended is safe."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs


def fit(
    training: Sequence[CourseData] | Callable[[int], Sequence[CourseData]],
    validation: Sequence[CourseData],
    options: TrainOptions,
    *,
    budget: float | None,
    checkpoint: Path,
    on_fraction: Callable[[float], None],
    on_epoch: Callable[[EpochReport], None],
    start: Mapping[str, Tensor] | None = None,
) -> Tracer:
    """Train, resuming from the checkpoint when there is one.

    Args:
        training: courses, or a function from the epoch (from 1) to its courses.
        validation: what decides between epochs.
        options: of the training.
        budget: seconds after which no further epoch is begun; one epoch is always finished.
        checkpoint: the training's file.
        on_fraction: told the share of the training that is done, 0 to 1.
        on_epoch: told each epoch's figures.
        start: weights to begin with; the checkpoint goes before them.

    """
    started = time.monotonic()

    def after_epoch(report: EpochReport) -> None:
        on_epoch(report)
        spent = time.monotonic() - started
        if budget is not None and report.epoch < options.epochs and spent + report.seconds > budget:
            raise _TimeIsUp(report.epoch)

    try:
        return train_in_context(
            training,
            validation,
            options,
            on_batch=on_fraction,
            on_epoch=after_epoch,
            checkpoint=checkpoint,
            start=start,
        )
    except _TimeIsUp as end:
        # Resumed with as many epochs as there were, the training is over at once and returns its best weights.
        return train_in_context(training, validation, replace(options, epochs=end.epochs), checkpoint=checkpoint)
