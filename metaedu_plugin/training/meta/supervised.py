"""Plain training: what the meta-learners are to beat, and the way to train any network on any batches."""

from __future__ import annotations

from torch import Tensor, nn
from torch.utils._pytree import tree_map

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.inner import InnerOptimizer
from metaedu_plugin.training.meta.maml import MAML
from metaedu_plugin.training.meta.tasks import Examples, Tasks
from metaedu_plugin.training.trainable import StepResult

Rows = Examples | tuple[Tensor, Tensor] | tuple[Tensor, Tensor, Tensor]


class Supervised(MAML):
    """One network for all tasks, which meets a new one as it is, or fine-tuned by `steps` gradient steps.

    Its batches may be tasks, of which it trains on all rows and is tested on the query, or plain `(x, y)` or
    `(x, y, mask)`. Training never runs tasks side by side, so it takes any network, batch normalisation included.
    """

    refuses_statistics = False

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        *,
        steps: int = 0,
        inner: InnerOptimizer | None = None,
        vectorized: bool | None = None,
        chunk: int | None = None,
    ) -> None:
        super().__init__(network, loss, steps=steps, inner=inner, first_order=True, vectorized=vectorized, chunk=chunk)

    def outputs(self, tasks: Tasks) -> Tensor:
        """Predictions `[N, Q, ...]` for the queries."""
        if self.steps:
            return super().outputs(tasks)
        outputs: Tensor = tree_map(
            lambda flat: flat.unflatten(0, tasks.query_x.shape[:2]), self.network(tasks.query_x.flatten(0, 1))
        )
        return outputs

    def training_step(self, batch: Tasks | Rows) -> StepResult:
        """Loss and accuracy over the rows: of all of them in training, of the queries after fine-tuning in a test."""
        if isinstance(batch, Tasks) and self.steps and not self.training:
            return super().training_step(batch)
        if isinstance(batch, Tasks):
            rows = Examples(*(t.flatten(0, 1) for t in (batch.everything if self.training else batch.query)))
        else:
            rows = Examples.of(*batch)
        outputs = self.network(rows.x)
        return self._measured(outputs, rows)
