"""Episodes as tensors: what every meta-learner takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Examples(NamedTuple):
    """Rows of one task, or of a batch of tasks when every tensor has a leading task dimension."""

    x: Tensor
    """Inputs `[K, ...]`."""
    y: Tensor
    """Targets `[K, ...]`."""
    mask: Tensor
    """`[K]`, 1 for a row that counts, 0 for padding."""

    @staticmethod
    def of(x: Tensor, y: Tensor, mask: Tensor | None = None) -> Examples:
        """Rows of one task; without a mask all of them count."""
        return Examples(x, y, _ones(x, 1) if mask is None else mask)


@dataclass(frozen=True)
class Tasks:
    """N episodes with K support and Q query rows each; shorter ones are padded and masked.

    Raises ValueError when the leading dimensions do not agree.
    """

    support_x: Tensor
    """`[N, K, ...]`"""
    support_y: Tensor
    """`[N, K, ...]`"""
    query_x: Tensor
    """`[N, Q, ...]`"""
    query_y: Tensor
    """`[N, Q, ...]`"""
    support_mask: Tensor | None = None
    """`[N, K]`; None when every row counts."""
    query_mask: Tensor | None = None
    """`[N, Q]`; None when every row counts."""

    def __post_init__(self) -> None:
        for name in ("support", "query"):
            x, y, mask = (getattr(self, f"{name}_{part}") for part in ("x", "y", "mask"))
            shapes = {tuple(tensor.shape[:2]) for tensor in (x, y, mask) if tensor is not None}
            if len(shapes) != 1 or x.dim() < 2 or len(x) != len(self.support_x):
                raise ValueError(f"The {name} tensors of a batch of tasks must all start with [tasks, rows]: {shapes}.")

    def __len__(self) -> int:
        return len(self.support_x)

    def __iter__(self) -> Iterator[Tasks]:
        """The tasks one by one, each as a batch of one."""
        for i in range(len(self)):
            yield Tasks(*(None if t is None else t[i : i + 1] for t in self._tensors()))  # type: ignore[arg-type]

    @property
    def support(self) -> Examples:
        """What has been seen, `[N, K, ...]`."""
        mask = _ones(self.support_x, 2) if self.support_mask is None else self.support_mask
        return Examples(self.support_x, self.support_y, mask)

    @property
    def query(self) -> Examples:
        """What is to be predicted, `[N, Q, ...]`."""
        mask = _ones(self.query_x, 2) if self.query_mask is None else self.query_mask
        return Examples(self.query_x, self.query_y, mask)

    @property
    def everything(self) -> Examples:
        """Support and query together, `[N, K + Q, ...]`."""
        return Examples(*(torch.cat(pair, 1) for pair in zip(self.support, self.query, strict=True)))

    def to(self, device: torch.device | str) -> Tasks:
        """The same tasks on a device."""
        return Tasks(*(None if t is None else t.to(device) for t in self._tensors()))  # type: ignore[arg-type]

    def _tensors(self) -> tuple[Tensor | None, ...]:
        return self.support_x, self.support_y, self.query_x, self.query_y, self.support_mask, self.query_mask


def _ones(x: Tensor, dims: int) -> Tensor:
    return torch.ones(x.shape[:dims], device=x.device, dtype=x.dtype if x.is_floating_point() else None)
