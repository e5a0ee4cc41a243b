"""The in-context meta-learner's loss: what the default model is trained for."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from metaedu_plugin.training.episodes import Episode, unroll
from metaedu_plugin.training.networks.tracer import Context, Output, Tracer


def predict_sequence(tracer: Tracer, episode: Episode) -> tuple[Output, Output]:
    """Predict every response of an episode from what came before it.

    Returns:
        (output for the item at hand, output for a fresh item of the same skills), each of [B, T]. A fresh
        item is one that nobody has answered, the learner neither: its prediction is the mastery of the skill.

    """
    context = unroll(tracer, episode)
    features = tracer.features(context)
    inputs = torch.cat([features, tracer.outcome_features(episode.outcome, features)], -1)
    after, _ = tracer.recurrent(inputs)
    before = torch.cat([torch.zeros_like(after[:, :1]), after[:, :-1]], 1)
    fresh = fresh_item(context)
    return tracer.predict(context, features, before), tracer.predict(fresh, tracer.features(fresh), before)


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


class InContext:
    """In-context (amortised) meta-learning of a `Tracer`: no inner loop, the forward pass adapts.

    The loss of an episode is binary cross-entropy for the item at hand, and for a fresh item of the same skills; and
    the beta-binomial likelihood of the learner's next responses on the skill, which teaches how certain to be.
    """

    def __init__(self, network: Tracer, *, fresh_weight: float = 0.3, certainty_weight: float = 0.1) -> None:
        self.network = network
        self.fresh_weight = fresh_weight
        self.certainty_weight = certainty_weight

    def loss(self, episode: Episode) -> tuple[Tensor, Tensor, Tensor]:
        """Loss of an episode (scalar), with the number of right predictions and of responses."""
        item, fresh = predict_sequence(self.network, episode)
        correct, valid = episode.outcome[..., 0], episode.valid
        number = valid.sum()

        def cross_entropy(logit: Tensor) -> Tensor:
            losses = functional.binary_cross_entropy_with_logits(logit, correct, reduction="none")
            return (losses * valid).sum() / number

        mastery = torch.sigmoid(fresh.logit.detach()).clamp(0.01, 0.99)
        certainty = beta_binomial_loss(mastery, fresh.concentration, episode.ahead[..., 0], episode.ahead[..., 1])
        several = (episode.ahead[..., 0] >= 2).to(valid.dtype) * valid
        certainty_loss = (certainty * several).sum() / several.sum().clamp(min=1.0)
        loss = (
            cross_entropy(item.logit)
            + self.fresh_weight * cross_entropy(fresh.logit)
            + self.certainty_weight * certainty_loss
        )
        right = (((item.logit > 0) == (correct > 0.5)) * valid).sum()
        return loss, right, number
