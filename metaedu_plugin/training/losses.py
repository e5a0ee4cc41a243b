"""What a network is trained to get right: masked losses, each with its accuracy.

Shapes: `rows` below is any number of leading dimensions followed by the rows of one task, so `[Q]` or `[N, Q]`.
Targets are `[*rows, ...]`, the mask is `[*rows]`: 1 counts, 0 is padding.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor


class Loss(Protocol):
    """A loss with the accuracy that goes with it."""

    def __call__(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Mean loss over the rows that the mask keeps: `[N, Q]` gives `[N]`, `[Q]` gives a scalar; no rows give 0."""

    def correct(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """How many of the kept rows are right (scalar): divided by the kept rows it is the accuracy."""

    def regression_targets(self, targets: Tensor) -> Tensor:
        """The targets as real numbers `[*rows, O]`, for a head that is fitted by least squares."""


class BinaryCrossEntropy:
    """Binary cross-entropy of logits `[*rows]` (or `[*rows, 1]`) against 0 or 1, for correct or not."""

    def __call__(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Mean over the kept rows."""
        logits, targets = _aligned(outputs, targets)
        return masked_mean(F.binary_cross_entropy_with_logits(logits, targets, reduction="none"), mask)

    def correct(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Rows on the right side of one half."""
        logits, targets = _aligned(outputs, targets)
        return (_per_row(((logits > 0) == (targets > 0.5)).to(mask.dtype), mask) * mask).sum()

    def regression_targets(self, targets: Tensor) -> Tensor:
        """-1 and 1, so that the sign of the prediction is the answer."""
        signs = 2.0 * targets - 1.0
        return signs.unsqueeze(-1)


class CrossEntropy:
    """Cross-entropy of logits `[*rows, classes]` against class indices `[*rows]`."""

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def __call__(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Mean over the kept rows. Raises ValueError for another number of logits than classes."""
        if outputs.shape[-1] != self.classes:
            raise ValueError(f"The network gives {outputs.shape[-1]} logits for {self.classes} classes.")
        picked = outputs.log_softmax(-1) * self._one_hot(targets, outputs.dtype)
        return masked_mean(-picked.sum(-1), mask)

    def correct(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Rows whose largest logit is the right class's."""
        return ((outputs.argmax(-1) == targets).to(mask.dtype) * mask).sum()

    def regression_targets(self, targets: Tensor) -> Tensor:
        """One column per class, 1 where the row belongs to it."""
        return self._one_hot(targets, torch.get_default_dtype())

    def _one_hot(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        # A comparison rather than F.one_hot: it exports, and a class out of range cannot raise on a GPU.
        return (targets.unsqueeze(-1) == torch.arange(self.classes, device=targets.device)).to(dtype)


class MeanSquaredError:
    """Mean squared error against real targets of the same shape: scores, or logarithms of seconds."""

    def __init__(self, tolerance: float = 0.1) -> None:
        """`tolerance`, in the targets' unit, is how far off a prediction may be and still count as accurate."""
        self.tolerance = tolerance

    def __call__(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Mean over the kept rows, and over the numbers of a row."""
        values, targets = _aligned(outputs, targets)
        return masked_mean((values - targets).square(), mask)

    def correct(self, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Rows predicted within the tolerance: unlike R², it adds up over batches and means the same for any spread."""
        values, targets = _aligned(outputs, targets)
        return (_per_row(((values - targets).abs() <= self.tolerance).to(mask.dtype), mask) * mask).sum()

    def regression_targets(self, targets: Tensor) -> Tensor:
        """The targets themselves; `[rows]` becomes one column."""
        return targets.unsqueeze(-1) if targets.dim() == 1 else targets


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of `values` `[*rows, ...]` over the last dimension of `mask` `[*rows]`, where it is 1; no rows give 0."""
    mask = mask.to(values.dtype)
    return (_per_row(values, mask) * mask).sum(-1) / mask.sum(-1).clamp(min=1.0)


def _per_row(values: Tensor, mask: Tensor) -> Tensor:
    return values.flatten(mask.dim()).mean(-1) if values.dim() > mask.dim() else values


def _aligned(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs in the shape of the targets, which must be the same numbers of things: nothing is broadcast."""
    if outputs.dim() == targets.dim() + 1 and outputs.shape[-1] == 1:
        outputs = outputs.squeeze(-1)
    if outputs.shape != targets.shape:
        raise ValueError(
            f"The network gives outputs {tuple(outputs.shape)} for targets {tuple(targets.shape)}: they must agree."
        )
    return outputs, targets.to(outputs.dtype)
