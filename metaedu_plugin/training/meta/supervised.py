"""Plain training: what the meta-learners are to beat, and the way to train any network on any batches."""

from __future__ import annotations

from torch import Tensor, nn

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.tasks import Examples, Tasks
from metaedu_plugin.training.trainable import StepResult

Rows = Examples | tuple[Tensor, Tensor] | tuple[Tensor, Tensor, Tensor]


class Supervised(MetaLearner[None]):
    """One network for all tasks, without adaptation.

    Its batches may be tasks, of which it trains on all rows and is tested on the query, or plain `(x, y)` or
    `(x, y, mask)`. Since it never runs tasks side by side, it takes any network, batch normalisation included.
    """

    def __init__(self, network: nn.Module, loss: Loss) -> None:
        nn.Module.__init__(self)
        self.network = network
        self.criterion = loss

    def adapt(self, support: Examples) -> None:
        """Nothing is learned from the support."""

    def predict(self, adapted: None, inputs: Tensor) -> Tensor:
        """The network's outputs."""
        outputs: Tensor = self.network(inputs)
        return outputs

    def outputs(self, tasks: Tasks) -> Tensor:
        """Predictions `[N, Q, ...]` for the queries."""
        flat = self.predict(None, tasks.query_x.flatten(0, 1))
        return flat.reshape(*tasks.query_x.shape[:2], *flat.shape[1:])

    def training_step(self, batch: Tasks | Rows) -> StepResult:
        """Loss and accuracy over the rows."""
        if isinstance(batch, Tasks):
            rows = Examples(*(t.flatten(0, 1) for t in (batch.everything if self.training else batch.query)))
        else:
            rows = Examples.of(*batch)
        outputs = self.predict(None, rows.x)
        correct = self.criterion.correct(outputs.detach(), rows.y, rows.mask)
        return StepResult(self.criterion(outputs, rows.y, rows.mask), correct, rows.mask.sum())
