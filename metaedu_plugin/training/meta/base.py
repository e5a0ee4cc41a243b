"""The one face of all meta-learners."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from torch import Tensor, nn

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.batching import over_tasks, refuse_unfit
from metaedu_plugin.training.meta.tasks import Examples, Tasks
from metaedu_plugin.training.trainable import StepResult

Adapted = TypeVar("Adapted")


class MetaLearner(nn.Module, ABC, Generic[Adapted]):
    """Trains a network over tasks so that adapting it to a new one is fast.

    A subclass says how one task is adapted to and predicted; the batch of tasks is run by `vmap`.
    Being a module, it has `parameters()`, `state_dict()`, `to()` and `train()`, which cover whatever it meta-learns.

    Args:
        network: any module of one input `[rows, ...]`.
        loss: what the predictions are measured by.
        vectorized: run all tasks of a batch at once; False runs them one by one.
        chunk: how many tasks to run at once, to save memory.

    Raises:
        UnfitNetworkError: the network keeps statistics between calls, or cannot be batched over tasks.
    """

    def __init__(self, network: nn.Module, loss: Loss, *, vectorized: bool = True, chunk: int | None = None) -> None:
        super().__init__()
        refuse_unfit(network, vectorized=vectorized)
        self.network = network
        self.criterion = loss
        self.vectorized = vectorized
        self.chunk = chunk

    @abstractmethod
    def adapt(self, support: Examples) -> Adapted:
        """What the support rows `[K, ...]` of one task teach; differentiable."""

    @abstractmethod
    def predict(self, adapted: Adapted, inputs: Tensor) -> Tensor:
        """Outputs `[Q, ...]` for the inputs `[Q, ...]` of the task that was adapted to."""

    def adapt_and_predict(self, support: Examples, inputs: Tensor) -> Tensor:
        """Adaptation and prediction of one task in one."""
        return self.predict(self.adapt(support), inputs)

    def portable(self, support: Examples, inputs: Tensor) -> Tensor:
        """The same result by operations that ONNX has: this is what an exported graph computes."""
        return self.adapt_and_predict(support, inputs)

    def outputs(self, tasks: Tasks) -> Tensor:
        """Predictions `[N, Q, ...]` for the queries, each task adapted to its own support."""
        run = over_tasks(self.adapt_and_predict, vectorized=self.vectorized, chunk=self.chunk)
        outputs: Tensor = run(tasks.support, tasks.query_x)
        return outputs

    def loss(self, tasks: Tasks) -> Tensor:
        """Mean over the tasks of the query loss after adaptation: a scalar to call `backward()` on."""
        return self.training_step(tasks).loss

    def training_step(self, batch: Tasks) -> StepResult:
        """Loss and accuracy on the queries after adaptation."""
        outputs, query = self.outputs(batch), batch.query
        return StepResult(
            loss=self.criterion(outputs, query.y, query.mask).mean(),
            correct=self.criterion.correct(outputs.detach(), query.y, query.mask),
            count=query.mask.sum(),
        )
