"""The in-context meta-learner: what the default model is trained for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn import functional

from metaedu_plugin.training.episodes import Episode, unroll
from metaedu_plugin.training.networks.tracer import LEVEL, Context, Output, Seen, Tracer
from metaedu_plugin.training.trainable import StepResult

_FRESH_EVERY = 3
"""Of so many responses one teaches what a fresh item would be: neighbours tell the same."""


def follow(tracer: Tracer, episode: Episode, vector: Tensor | None = None) -> tuple[Context, Seen]:
    """Follow the learners of an episode through their responses; `vector` [B, T, VECTOR] is the course's.

    Returns:
        The context before each response, [B, T, ...], as the engine would hold it; and what is seen of it.

    """
    context = unroll(tracer, episode, vector)
    with torch.no_grad():
        seen = tracer.see(context)
    after, _ = tracer.recurrent(tracer.step_inputs(context, episode.outcome, seen))
    before = torch.cat([torch.zeros_like(after[:, :1]), after[:, :-1]], 1)
    return context._replace(learner=torch.cat([context.learner, before], -1)), seen


def predict_sequence(
    tracer: Tracer,
    episode: Episode,
    vectors: tuple[Tensor, Tensor] | None = None,
    *,
    every: int = 1,
    dropout: float = 0.0,
) -> tuple[Output, Output]:
    """Predict every response of an episode from what came before it.

    Args:
        tracer: the network.
        episode: the learners.
        vectors: the course's vectors [B, T, VECTOR] of the item with its skills, and of the skills alone.
        every: of how many responses one is predicted for a fresh item, too.
        dropout: share of the recurrent state that is hidden from the head, at random (Srivastava et al. 2014).

    Returns:
        Output for the item at hand [B, T], and for a fresh item of the same skills [B, T / every]. A fresh
        item is one that nobody has answered, the learner neither: its prediction is the mastery of the skill.

    """
    context, seen = follow(tracer, episode, vectors[0] if vectors else None)
    if dropout:
        counted, hidden = context.learner[..., :LEVEL], context.learner[..., LEVEL:]
        context = context._replace(learner=torch.cat([counted, functional.dropout(hidden, dropout)], -1))
    fresh = Context(*(part[:, ::every] for part in fresh_item(context, vectors[1] if vectors else None)))
    with torch.no_grad():
        seen_fresh = tracer.see(fresh)
    return (
        tracer.predict(context, seen, context.learner[..., LEVEL:]),
        tracer.predict(fresh, seen_fresh, fresh.learner[..., LEVEL:]),
    )


def fresh_item(context: Context, vector: Tensor | None = None) -> Context:
    """The same learner before an item of the same skills that nobody has answered yet."""
    return context._replace(
        item=torch.zeros_like(context.item),
        course_item=torch.zeros_like(context.course_item),
        elapsed=torch.stack([context.elapsed[..., 0], torch.full_like(context.elapsed[..., 1], -1.0)], -1),
        course_vector=torch.zeros_like(context.course_vector) if vector is None else vector,
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
        item, fresh = predict_sequence(self.network, batch, every=_FRESH_EVERY)
        correct, valid = batch.outcome[..., 0], batch.valid
        some, some_valid, ahead = (part[:, ::_FRESH_EVERY] for part in (correct, valid, batch.ahead))
        loss = (
            masked_cross_entropy(item.logit, correct, valid)
            + self.fresh_weight * masked_cross_entropy(fresh.logit, some, some_valid)
            + self.certainty_weight * certainty_loss(fresh, ahead, some_valid)
        )
        right = (((item.logit > 0) == (correct > 0.5)) * valid).sum()
        return StepResult(loss=loss, correct=right, count=valid.sum())


def certainty_loss(fresh: Output, ahead: Tensor, valid: Tensor) -> Tensor:
    """How likely the next responses on the skill are; teaches the concentration alone, not the mean.

    Args:
        fresh: prediction of a fresh item, [B, T].
        ahead: number and number correct of the next responses on the skill, [B, T, 2].
        valid: [B, T] 1 where there is a response.

    """
    mastery = torch.sigmoid(fresh.logit.detach()).clamp(0.01, 0.99)
    losses = beta_binomial_loss(mastery, fresh.concentration, ahead[..., 0], ahead[..., 1])
    several = (ahead[..., 0] >= 2).to(losses.dtype) * valid
    return (losses * several).sum() / several.sum().clamp(min=1.0)


def masked_cross_entropy(logit: Tensor, correct: Tensor, valid: Tensor) -> Tensor:
    """Mean binary cross-entropy over the responses that are there; all [B, T]."""
    losses = functional.binary_cross_entropy_with_logits(logit, correct, reduction="none")
    return (losses * valid).sum() / valid.sum()


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one CPU thread: these matrices are too small to share, and waiting for each other costs more.

    Beside other work on two cores, two threads took five times as long as one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):  # numpy's, too
            yield
    finally:
        torch.set_num_threads(before)
