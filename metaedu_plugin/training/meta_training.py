"""Training of the in-context meta-learner, from episodes to the network that is exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.episodes import Episode, draw_episodes
from metaedu_plugin.training.in_context import InContext, one_thread
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.seeding import seed_everything
from metaedu_plugin.training.style import learn_directions
from metaedu_plugin.training.trainer import EpochReport, Trainer


@dataclass(frozen=True)
class TrainOptions:
    """What may be adjusted of the training; the defaults suit two CPU cores and a few minutes."""

    epochs: int = 8
    batches: int = 60
    """Episodes an epoch."""
    rate: float = 3e-3
    weight_decay: float = 1e-3
    hidden: int = 64
    width: int = 96
    captured_share: float = 0.5
    """Share of the episodes drawn from captured courses, when there are simulated ones beside them."""
    seed: int = 0


def network(options: TrainOptions) -> Tracer:
    """The network of these options before any training."""
    return Tracer(options.hidden, options.width)


def train_in_context(
    training: Sequence[CourseData] | Callable[[int], Sequence[CourseData]],
    validation: Sequence[CourseData],
    options: TrainOptions,
    *,
    on_batch: Callable[[float], None] = lambda fraction: None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    checkpoint: Path | None = None,
    start: Mapping[str, Tensor] | None = None,
    directions: bool = True,
) -> Tracer:
    """Meta-train a tracer over episodes of the training courses, and then learn the directions that these differ in.

    Args:
        training: courses with the learners to train on, or a function from the epoch (from 1) to its courses.
        validation: courses with other learners; their loss decides which epoch's weights are kept.
        options: sizes, rates and the seed; the same seed and courses give the same network.
        on_batch: told the share of the whole training that is done, 0 to 1.
        on_epoch: told loss and accuracy on both sides.
        checkpoint: file to resume from, and to write after every epoch.
        start: weights to begin with, of a network of the same sizes; fresh ones when there are none.
        directions: false leaves them as they are, for who only wants to know the loss.

    Raises:
        ValueError: nothing to train on or to validate with.

    """
    always = None if callable(training) else _usable(training)
    held_back = _usable(validation)
    seed_everything(options.seed)
    tracer = network(options)
    if start is not None:
        tracer.load_state_dict(start)
    tests = list(draw_episodes(held_back, count=max(8, options.batches // 4), rng=np.random.default_rng(options.seed)))

    def episodes(epoch: int) -> Iterator[Episode]:
        rng = np.random.default_rng([options.seed, epoch])
        courses = _usable(training(epoch)) if callable(training) else always or []
        drawn = draw_episodes(courses, count=options.batches, rng=rng, captured_share=options.captured_share)
        for number, episode in enumerate(drawn, start=1):
            yield episode
            on_batch((epoch - 1 + number / options.batches) / options.epochs)

    trainer = Trainer(
        InContext(tracer),
        optimizer=lambda parameters: torch.optim.AdamW(parameters, lr=options.rate, weight_decay=options.weight_decay),
        schedule=lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs + 1),
        epochs=options.epochs,
        clip_norm=1.0,
        patience=options.epochs,
        seed=options.seed,
        checkpoint_path=checkpoint,
        on_epoch=on_epoch,
    )
    with one_thread():
        trainer.fit(episodes, tests, resume=True)
        tracer = tracer.cpu().eval()
        if directions:
            learn_directions(tracer, _for_directions(training, always, options.epochs), seed=options.seed)
    return tracer


def _for_directions(
    training: Sequence[CourseData] | Callable[[int], Sequence[CourseData]], always: list[Course] | None, epochs: int
) -> Iterator[Course]:
    """The courses trained on, or where every epoch has its own, those of the next two: weights do not know them."""
    if callable(training):
        for epoch in (epochs + 1, epochs + 2):
            yield from _usable(training(epoch))
    else:
        yield from always or []


def _usable(courses: Sequence[CourseData]) -> list[Course]:
    usable = [Course(course) for course in courses if course.sequences]
    if not usable:
        raise ValueError("There is nothing to train on: both sides need at least one course with one response.")
    return usable
