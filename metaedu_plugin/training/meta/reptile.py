"""Reptile."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.inner import Params
from metaedu_plugin.training.meta.maml import MAML
from metaedu_plugin.training.meta.tasks import Tasks
from metaedu_plugin.training.trainable import StepResult


class Reptile(MAML):
    """Moves the initialisation towards where each task's training ends.

    Nichol, Achiam & Schulman 2018, arXiv 1803.02999, algorithm 2: `theta <- theta + eps * mean_i(phi_i - theta)`, where
    phi_i comes from `steps` inner steps on all rows of task i (no split is needed to train). So the outer gradient
    is `theta - mean_i(phi_i)`, and plain outer SGD with rate eps is the paper's update. No gradient of a gradient is
    needed. The options are those of MAML.
    """

    def __init__(self, network: nn.Module, loss: Loss, **options: Any) -> None:
        super().__init__(network, loss, **{"first_order": True, **options})

    def training_step(self, batch: Tasks) -> StepResult:
        """Query loss after adapting to the support, whose gradient is Reptile's.

        The reported loss is comparable with that of the other meta-learners; it is not what is descended.
        """
        with torch.no_grad():
            honest = super().training_step(batch)
            if not self.training:
                return honest
            phi: Params = self.over_tasks(self.adapt, self.adapt_all, batch.everything)
        # Worth exactly nothing, but its gradient with respect to theta is theta - mean(phi).
        pull = sum(
            ((theta.detach() - phi[name].mean(0)) * (theta - theta.detach())).sum()
            for name, theta in self.start().items()
        )
        return StepResult(honest.loss + pull, honest.correct, honest.count)
