"""What the trainer needs of whatever it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

Batch_contra = TypeVar("Batch_contra", contravariant=True)


@dataclass(frozen=True)
class StepResult:
    """One batch's figures."""

    loss: Tensor
    """Scalar, differentiable."""
    correct: Tensor | float
    """How many predictions were right."""
    count: Tensor | float
    """Of how many."""


class Trainable(Protocol[Batch_contra]):
    """Any `torch.nn.Module` with one more method, `training_step`; every meta-learner is one."""

    def training_step(self, batch: Batch_contra) -> StepResult:
        """Loss and accuracy of a batch. Testing calls it too, in eval mode and without gradients."""

    def parameters(self) -> Iterator[nn.Parameter]: ...  # noqa: D102

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any: ...  # noqa: D102

    def train(self, mode: bool = True) -> Any: ...  # noqa: D102

    def to(self, device: torch.device) -> Any: ...  # noqa: D102
