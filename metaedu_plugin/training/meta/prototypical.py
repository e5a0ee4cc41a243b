"""Prototypical networks."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from metaedu_plugin.training.losses import CrossEntropy
from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.tasks import Examples

ABSENT = -1e9
"""Logit of a class that the support does not show: finite, and as good as impossible."""


class Prototypes(NamedTuple):
    """One point per class."""

    centre: Tensor
    """`[classes, D]`"""
    present: Tensor
    """`[classes]`, whether the support shows the class."""


class Prototypical(MetaLearner[Prototypes]):
    """Classifies by the nearest class mean in an embedding that is learned for it.

    Snell, Swersky & Zemel 2017, arXiv 1703.05175: the logit of a class is minus the squared Euclidean distance of the
    embedded query to the mean of the class's embedded support (equations 1 and 2). Nothing is fitted when a
    new task comes: one forward pass.

    Args:
        network: the embedding, inputs `[rows, ...]` to `[rows, D]`.
        loss: cross-entropy, which knows the number of classes; targets are class indices.
        vectorized: as in MetaLearner.
        chunk: as in MetaLearner.
    """

    def __init__(
        self, network: nn.Module, loss: CrossEntropy, *, vectorized: bool | None = None, chunk: int | None = None
    ) -> None:
        if not isinstance(loss, CrossEntropy):
            raise TypeError("A prototypical network tells classes apart: give it CrossEntropy(classes).")
        super().__init__(network, loss, vectorized=vectorized, chunk=chunk)
        self.classes = loss.classes

    def adapt(self, support: Examples) -> Prototypes:
        """Class means of the embedded support."""
        embedded = self.features(support.x)
        belongs = support.y.unsqueeze(-1) == torch.arange(self.classes, device=support.y.device)
        weights = belongs.to(embedded.dtype) * support.mask.to(embedded.dtype).unsqueeze(-1)
        counts = weights.sum(0)
        return Prototypes(weights.mT @ embedded / counts.clamp(min=1.0).unsqueeze(-1), counts > 0)

    def predict(self, adapted: Prototypes, inputs: Tensor) -> Tensor:
        """Logits `[Q, classes]`."""
        offsets = self.features(inputs).unsqueeze(-2) - adapted.centre
        return torch.where(adapted.present, -offsets.square().sum(-1), ABSENT)
