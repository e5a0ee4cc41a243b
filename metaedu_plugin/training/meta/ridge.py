"""A head in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.tasks import Examples

Solve = Callable[[Tensor, Tensor], Tensor]


class Ridge(MetaLearner[Tensor]):
    """Ridge regression on learned features, solved exactly for every task.

    R2-D2 of Bertinetto, Henriques, Torr & Vedaldi 2019, arXiv 1805.08136: with features X of the support and targets Y,
    `W = (X'X + lambda I)^-1 X'Y`, or by the Woodbury identity `X'(XX' + lambda I)^-1 Y` when there are fewer rows
    than features (equation 4); predictions are `scale * X W + shift` (equation 6). Lambda, scale and shift are
    meta-learned with the features. X has a last column of ones, so that a task has its own offset.

    The system is solved in double precision: it is small, and may be badly conditioned.

    Args:
        network: the features, inputs `[rows, ...]` to `[rows, D]`.
        loss: classes are regressed on as one column each, correct or not as -1 and 1.
        penalty: lambda to start from.
        vectorized: as in MetaLearner.
        chunk: as in MetaLearner.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        *,
        penalty: float = 1.0,
        vectorized: bool | None = None,
        chunk: int | None = None,
    ) -> None:
        super().__init__(network, loss, vectorized=vectorized, chunk=chunk)
        if penalty <= 0:
            raise ValueError(f"The penalty must be above 0, not {penalty}.")
        self.log_penalty = nn.Parameter(torch.tensor(math.log(penalty)))
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.shift = nn.Parameter(torch.tensor(0.0))

    def adapt(self, support: Examples) -> Tensor:
        """The task's weights W `[D + 1, O]`."""
        x, y, penalty = self._system(support)
        rows, columns = x.shape
        if rows >= columns:
            return _primal(x, y, penalty, torch.linalg.solve)
        dual: Tensor = torch.linalg.solve(x @ x.mT + penalty * torch.eye(rows).to(x), y)
        return x.mT @ dual

    def predict(self, adapted: Tensor, inputs: Tensor) -> Tensor:
        """Outputs `[Q, O]`."""
        features = _with_ones(self.features(inputs))
        return self.scale * (features @ adapted.to(features.dtype)) + self.shift

    def portable(self, support: Examples, inputs: Tensor) -> Tensor:
        """As in MetaLearner: ONNX has no linear solve, and the number of support rows must stay open."""
        return self.predict(_primal(*self._system(support), eliminate), inputs)

    def _system(self, support: Examples) -> tuple[Tensor, Tensor, Tensor]:
        """Features and targets in double precision, masked rows zero so that they weigh nothing; and lambda."""
        mask = support.mask.double().unsqueeze(-1)
        x = _with_ones(self.features(support.x)).double() * mask
        return x, self.criterion.regression_targets(support.y).double() * mask, self.log_penalty.double().exp()


def eliminate(matrix: Tensor, right: Tensor) -> Tensor:
    """Solve a symmetric positive definite system `[D, D]`, `[D, O]` by Gauss-Jordan elimination, unrolled.

    Such a matrix needs no pivoting. D is fixed by the network, so the graph is, too: a few nodes to a column.
    """
    work = torch.cat([matrix, right], 1)
    for k, unit in enumerate(torch.eye(matrix.shape[0]).to(matrix)):
        row = work[k] / work[k, k]
        work = work - (work[:, k] - unit).unsqueeze(1) * row
    return work[:, matrix.shape[0] :]


def _primal(x: Tensor, y: Tensor, penalty: Tensor, solve: Solve) -> Tensor:
    return solve(x.mT @ x + penalty * torch.eye(x.shape[-1]).to(x), x.mT @ y)


def _with_ones(features: Tensor) -> Tensor:
    return torch.cat([features, torch.ones_like(features[..., :1])], -1)
