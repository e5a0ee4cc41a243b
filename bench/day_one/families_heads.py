"""What adapts in each family of meta-learners, and what it is measured by."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from metaedu_plugin.training.losses import BinaryCrossEntropy, CrossEntropy, Loss, masked_mean
from metaedu_plugin.training.meta.inner import SGD
from metaedu_plugin.training.meta.prototypical import ABSENT
from metaedu_plugin.training.networks.tracer import FEATURES, Tracer

_RATE_LOGIT = 5
"""Place, among the features, of the logit of how others do: what the tracer's head adds to."""


class Head(nn.Module):
    """The tracer's head without the entries of a course's vector: [rows, I] to a logit [rows]."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        first, *between = copy.deepcopy(list(tracer.head))
        assert isinstance(first, nn.Linear)
        first.in_features = FEATURES + tracer.hidden
        first.weight = nn.Parameter(first.weight[:, : first.in_features].detach().clone())
        self.head = copy.deepcopy(tracer.told)
        self.body = nn.Sequential(first, *between)

    def forward(self, x: Tensor) -> Tensor:
        """What is added to how others do."""
        told: Tensor = x[..., _RATE_LOGIT] + self.head(self.body(x)).squeeze(-1)
        return told


class Embedding(nn.Module):
    """The head's body and a layer on it: [rows, I] to [rows, D]."""

    def __init__(self, tracer: Tracer, size: int = 16) -> None:
        super().__init__()
        before = Head(tracer)
        self.body, self.last = before.body, nn.Linear(before.head.in_features, size)

    def forward(self, x: Tensor) -> Tensor:
        """Points."""
        told: Tensor = self.last(self.body(x))
        return told


class OnTop(CrossEntropy):
    """Cross-entropy of the network's own logit and what an embedding adds to it; targets are (correct, own logit)."""

    def __init__(self) -> None:
        super().__init__(2)

    def __call__(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """As in CrossEntropy."""
        losses = functional.binary_cross_entropy_with_logits(
            on_top(outputs, targets[..., 1]), targets[..., 0], reduction="none"
        )
        return masked_mean(losses, mask)

    def correct(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """As in CrossEntropy."""
        return (((on_top(outputs, targets[..., 1]) > 0) == (targets[..., 0] > 0.5)) * mask).sum()

    def regression_targets(self, targets: Tensor) -> Tensor:
        """What the network's own chance was wrong by, [..., 1]."""
        return targets[..., :1] - targets[..., 1:].sigmoid()


def on_top(outputs: Tensor, own: Tensor) -> Tensor:
    """Logits [...]: outputs [..., 1] add themselves, [..., 2] their odds; nothing where a class was not seen."""
    if outputs.shape[-1] == 1:
        return own + outputs.squeeze(-1)
    return own + torch.where((outputs > ABSENT / 2).all(-1), outputs[..., 1] - outputs[..., 0], 0.0)


@dataclass(frozen=True)
class Setup:
    """What a family needs beside the tracer."""

    network: Callable[[Tracer], nn.Module] = Head
    loss: Callable[[], Loss] = BinaryCrossEntropy
    options: Callable[[], Mapping[str, Any]] = dict
    rate: float = 1e-3
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam
    classes: bool = False
    """Whether support targets are correct or not alone."""


SETUPS: Mapping[str, Setup] = {
    "maml": Setup(options=lambda: {"inner": SGD(0.05, learn=True)}, classes=True),
    "anil": Setup(options=lambda: {"inner": SGD(0.05, learn=True), "head": "head"}, classes=True),
    "reptile": Setup(options=lambda: {"inner": SGD(0.05)}, classes=True),
    "prototypical": Setup(Embedding, OnTop, classes=True),
    "ridge": Setup(Embedding, OnTop),
}
