"""The one face of all meta-learners."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from torch import Tensor, nn
from torch.func import vmap
from torch.utils._pytree import tree_map

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.batching import OverTasks, refuse_unfit
from metaedu_plugin.training.meta.tasks import Examples, Tasks
from metaedu_plugin.training.meta.twice import plain_operations
from metaedu_plugin.training.trainable import StepResult

Adapted = TypeVar("Adapted")


class MetaLearner(nn.Module, ABC, Generic[Adapted]):
    """Trains a network over tasks so that adapting it to a new one is fast.

    A subclass says how one task is adapted to and predicted; the batch of tasks is run by `vmap`.
    Being a module, it has `parameters()`, `state_dict()`, `to()` and `train()`, which cover whatever it meta-learns.

    Args:
        network: any module of one input `[rows, ...]`.
        loss: what the predictions are measured by.
        vectorized: True runs all tasks of a batch at once, False one by one; None does what the network allows.
        chunk: how many tasks to run at once, to save memory.

    Raises:
        UnfitNetworkError: the network has a layer that cannot work, such as one that keeps statistics between calls.
    """

    refuses_statistics = True
    """Whether normalisation with running statistics would carry them from task to task."""

    def __init__(
        self, network: nn.Module, loss: Loss, *, vectorized: bool | None = None, chunk: int | None = None
    ) -> None:
        super().__init__()
        refuse_unfit(network, statistics=self.refuses_statistics)
        self.network = network
        self.criterion = loss
        self.over_tasks = OverTasks(network, vectorized=vectorized, chunk=chunk)

    @abstractmethod
    def adapt(self, support: Examples) -> Adapted:
        """What the support rows `[K, ...]` of one task teach; differentiable."""

    @abstractmethod
    def predict(self, adapted: Adapted, inputs: Tensor) -> Tensor:
        """Outputs `[Q, ...]` for the inputs `[Q, ...]` of the task that was adapted to."""

    def adapt_all(self, support: Examples) -> Adapted:
        """`adapt` for N tasks at once: the tensors of the support and of the result have a leading dimension N."""
        adapted: Adapted = vmap(self.adapt, randomness="different")(support)
        return adapted

    def adapt_and_predict(self, support: Examples, inputs: Tensor) -> Tensor:
        """Adaptation and prediction of one task in one."""
        return self.predict(self.adapt(support), inputs)

    def portable(self, support: Examples, inputs: Tensor) -> Tensor:
        """The same result by operations that ONNX has: this is what an exported graph computes."""
        return self.adapt_and_predict(support, inputs)

    def outputs(self, tasks: Tasks) -> Tensor:
        """Predictions `[N, Q, ...]` for the queries, each task adapted to its own support."""
        outputs: Tensor = self.over_tasks(self.adapt_and_predict, self._all_at_once, tasks.support, tasks.query_x)
        return outputs

    def loss(self, tasks: Tasks) -> Tensor:
        """Mean over the tasks of the query loss after adaptation: a scalar to call `backward()` on."""
        return self.training_step(tasks).loss

    def training_step(self, batch: Tasks) -> StepResult:
        """Loss and accuracy on the queries after adaptation."""
        return self._measured(self.outputs(batch), batch.query)

    def features(self, inputs: Tensor) -> Tensor:
        """The network's outputs `[rows, D]`, for what is fitted on top. Raises ValueError for any other shape."""
        with plain_operations(self.network):
            features: Tensor = self.network(inputs)
        if features.dim() != 2:
            raise ValueError(f"The network must give features [rows, D] for each task, not {tuple(features.shape)}.")
        return features

    def _measured(self, outputs: Any, rows: Examples) -> StepResult:
        return StepResult(
            loss=self.criterion(outputs, rows.y, rows.mask).mean(),
            correct=self.criterion.correct(tree_map(Tensor.detach, outputs), rows.y, rows.mask),
            count=rows.mask.sum(),
        )

    def _all_at_once(self, support: Examples, inputs: Tensor) -> Any:
        return vmap(self.predict, randomness="different")(self.adapt_all(support), inputs)
