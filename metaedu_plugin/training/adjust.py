"""Adjustment: what the gate refused is trained with other options, chosen on learners that the gate never sees.

Trials are compared by the loss on the validation side of the *training* learners. Held-out learners take no part, so
that the gate's verdict on the next candidate is as honest as on the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import optuna
from torch import Tensor

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.meta_training import TrainOptions, train_in_context
from metaedu_plugin.training.trainer import EpochReport

_SHORT = 0.5
"""A trial trains for this share of the epochs."""


@dataclass(frozen=True)
class Adjusted:
    """What the search found."""

    options: TrainOptions
    loss: float
    """On the validation side, after a short training."""
    before: float
    """The same of the options it started from."""
    trials: int


def adjust(
    training: Sequence[CourseData],
    validation: Sequence[CourseData],
    options: TrainOptions,
    *,
    trials: int,
    seconds: float,
    start: Mapping[str, Tensor] | None = None,
    report: Callable[[float, str], None] = lambda fraction, message: None,
) -> Adjusted:
    """Search for better options around the given ones, which are the first trial and so the least that comes back.

    At most `trials` short trainings, and none begun, nor an epoch more of one, after `seconds`; the first trial is
    finished in any case. With weights to `start` from, sizes stay: the weights would not fit others. Tree-structured
    Parzen estimator (Bergstra et al. 2011), median pruning between epochs.
    """
    deadline = time.monotonic() + seconds
    epochs = max(1, round(options.epochs * _SHORT))

    def objective(trial: optuna.Trial) -> float:
        tried = replace(_suggest(trial, options, sizes=start is None), epochs=epochs)
        best = float("inf")

        def on_epoch(figures: EpochReport) -> None:
            nonlocal best
            best = min(best, figures.test_loss)
            trial.report(best, figures.epoch)
            late = time.monotonic() > deadline
            if trial.number and figures.epoch < epochs and (late or trial.should_prune()):
                raise optuna.TrialPruned

        def on_batch(fraction: float) -> None:
            report((trial.number + fraction) / trials, f"trial {trial.number + 1} of {trials}")

        train_in_context(
            training, validation, tried, on_batch=on_batch, on_epoch=on_epoch, start=start, directions=False
        )
        return best

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=options.seed, n_startup_trials=3),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
    )
    study.enqueue_trial(_parameters(options, sizes=start is None), skip_if_exists=True)
    study.optimize(objective, n_trials=trials, timeout=seconds)
    return Adjusted(
        options=replace(options, **study.best_params),
        loss=study.best_value,
        before=study.trials[0].value if study.trials[0].value is not None else study.best_value,
        trials=len(study.trials),
    )


def _suggest(trial: optuna.Trial, options: TrainOptions, *, sizes: bool) -> TrainOptions:
    hidden = trial.suggest_categorical("hidden", _with(options.hidden, 32, 48, 64, 96)) if sizes else options.hidden
    return replace(
        options,
        hidden=hidden,
        rate=trial.suggest_float("rate", 1e-3, 1e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 1e-1, log=True),
        captured_share=trial.suggest_float("captured_share", 0.3, 0.95),
    )


def _parameters(options: TrainOptions, *, sizes: bool) -> dict[str, Any]:
    names = ("rate", "weight_decay", "captured_share", *(["hidden"] if sizes else []))
    return {name: getattr(options, name) for name in names}


def _with(value: int, *others: int) -> list[int]:
    """Choices that have the present value among them."""
    return sorted({value, *others})
