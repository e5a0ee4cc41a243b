"""The in-context meta-learner: what the default model is trained for, and its training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.episodes import Course, Episode, draw_episodes, unroll
from metaedu_plugin.training.networks.tracer import STATISTICS, Context, Output, Tracer
from metaedu_plugin.training.seeding import seed_everything
from metaedu_plugin.training.trainable import StepResult
from metaedu_plugin.training.trainer import EpochReport, Trainer


def follow(tracer: Tracer, episode: Episode) -> tuple[Context, Tensor]:
    """Follow the learners of an episode through their responses.

    Returns:
        The context before each response, [B, T, ...], as the engine would hold it; and its features [B, T, FEATURES].

    """
    context = unroll(tracer, episode)
    features = tracer.features(context)
    inputs = torch.cat([features, tracer.outcome_features(episode.outcome, features)], -1)
    after, _ = tracer.recurrent(inputs)
    before = torch.cat([torch.zeros_like(after[:, :1]), after[:, :-1]], 1)
    return context._replace(learner=torch.cat([context.learner, before], -1)), features


def predict_sequence(tracer: Tracer, episode: Episode) -> tuple[Output, Output]:
    """Predict every response of an episode from what came before it.

    Returns:
        (output for the item at hand, output for a fresh item of the same skills), each of [B, T]. A fresh
        item is one that nobody has answered, the learner neither: its prediction is the mastery of the skill.

    """
    context, features = follow(tracer, episode)
    fresh = fresh_item(context)
    hidden = context.learner[..., STATISTICS:]
    return tracer.predict(context, features, hidden), tracer.predict(fresh, tracer.features(fresh), hidden)


def fresh_item(context: Context) -> Context:
    """The same learner before an item of the same skills that nobody has answered yet."""
    return context._replace(
        item=torch.zeros_like(context.item),
        course_item=torch.zeros_like(context.course_item),
        elapsed=torch.stack([context.elapsed[..., 0], torch.full_like(context.elapsed[..., 1], -1.0)], -1),
    )


def beta_binomial_loss(mean: Tensor, concentration: Tensor, number: Tensor, correct: Tensor) -> Tensor:
    """Negative log likelihood of `correct` of `number` under Beta(mean c, (1 - mean) c), without the constant term."""
    alpha, beta = mean * concentration, (1.0 - mean) * concentration

    def log_beta(a: Tensor, b: Tensor) -> Tensor:
        return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)

    return log_beta(alpha, beta) - log_beta(alpha + correct, beta + number - correct)


class InContext(nn.Module):
    """In-context (amortised) meta-learning of a `Tracer`: no inner loop, the forward pass adapts.

    The loss of an episode is binary cross-entropy for the item at hand, and for a fresh item of the same skills; and
    the beta-binomial likelihood of the learner's next responses on the skill, which teaches how certain to be.
    """

    def __init__(self, network: Tracer, *, fresh_weight: float = 0.3, certainty_weight: float = 0.1) -> None:
        super().__init__()
        self.network = network
        self.fresh_weight = fresh_weight
        self.certainty_weight = certainty_weight

    def training_step(self, batch: Episode) -> StepResult:
        """Loss of an episode, with the number of right predictions and of responses."""
        item, fresh = predict_sequence(self.network, batch)
        correct, valid = batch.outcome[..., 0], batch.valid
        loss = (
            masked_cross_entropy(item.logit, correct, valid)
            + self.fresh_weight * masked_cross_entropy(fresh.logit, correct, valid)
            + self.certainty_weight * self._certainty_loss(fresh, batch)
        )
        right = (((item.logit > 0) == (correct > 0.5)) * valid).sum()
        return StepResult(loss=loss, correct=right, count=valid.sum())

    def _certainty_loss(self, fresh: Output, batch: Episode) -> Tensor:
        """How likely the next responses on the skill are; teaches the concentration alone, not the mean."""
        mastery = torch.sigmoid(fresh.logit.detach()).clamp(0.01, 0.99)
        losses = beta_binomial_loss(mastery, fresh.concentration, batch.ahead[..., 0], batch.ahead[..., 1])
        several = (batch.ahead[..., 0] >= 2).to(losses.dtype) * batch.valid
        return (losses * several).sum() / several.sum().clamp(min=1.0)


def masked_cross_entropy(logit: Tensor, correct: Tensor, valid: Tensor) -> Tensor:
    """Mean binary cross-entropy over the responses that are there; all [B, T]."""
    losses = functional.binary_cross_entropy_with_logits(logit, correct, reduction="none")
    return (losses * valid).sum() / valid.sum()


@dataclass(frozen=True)
class TrainOptions:
    """What may be adjusted of the training; the defaults suit two CPU cores and a few minutes."""

    epochs: int = 8
    batches: int = 60
    """Episodes an epoch."""
    rate: float = 3e-3
    weight_decay: float = 1e-3
    hidden: int = 48
    width: int = 96
    captured_share: float = 0.5
    """Share of the episodes drawn from captured courses, when there are simulated ones beside them."""
    seed: int = 0


def network(options: TrainOptions) -> Tracer:
    """The network of these options before any training."""
    return Tracer(options.hidden, options.width)


def train_in_context(
    training: Sequence[CourseData],
    validation: Sequence[CourseData],
    options: TrainOptions,
    *,
    on_batch: Callable[[float], None] = lambda fraction: None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    checkpoint: Path | None = None,
    start: Mapping[str, Tensor] | None = None,
) -> Tracer:
    """Meta-train a tracer over episodes of the training courses.

    Args:
        training: courses with the learners to train on.
        validation: courses with other learners; their loss decides which epoch's weights are kept.
        options: sizes, rates and the seed; the same seed and courses give the same network.
        on_batch: told the share of the whole training that is done, 0 to 1.
        on_epoch: told loss and accuracy on both sides.
        checkpoint: file to resume from, and to write after every epoch.
        start: weights to begin with, of a network of the same sizes; fresh ones when there are none.

    Raises:
        ValueError: nothing to train on or to validate with.

    """
    courses = [Course(course) for course in training if course.sequences]
    held_back = [Course(course) for course in validation if course.sequences]
    if not courses or not held_back:
        raise ValueError("There is nothing to train on: both sides need at least one course with one response.")
    seed_everything(options.seed)
    tracer = network(options)
    if start is not None:
        tracer.load_state_dict(start)
    tests = list(draw_episodes(held_back, count=max(8, options.batches // 4), rng=np.random.default_rng(options.seed)))

    def episodes(epoch: int) -> Iterator[Episode]:
        rng = np.random.default_rng([options.seed, epoch])
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
    return tracer.cpu().eval()


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one CPU thread: these matrices are too small to share, and waiting for each other costs more.

    Beside other work on two cores, two threads took five times as long as one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
