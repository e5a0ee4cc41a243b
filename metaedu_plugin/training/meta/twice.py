"""Layers that can be differentiated twice, and batched over tasks, each by operations for which torch gets it right.

Two of torch's (seen in 2.13) do not: fused attention has no second derivative and no batched form; and an embedding
that is batched over tasks leaves its padding row out of the gradient of the first task alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode


@contextmanager
def plain_operations(network: nn.Module) -> Iterator[None]:
    """Within it, the network's attention is matrix products and softmax, and its padding is a constant."""
    padded = any(isinstance(m, nn.Embedding) and m.padding_idx is not None for m in network.modules())
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH), _ConstantPadding() if padded else nullcontext():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


class _ConstantPadding(TorchFunctionMode):
    """`F.embedding` with the padding row taken out of the gradient beforehand."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        call: Callable[..., Any] = _embedding if func is F.embedding else func
        return call(*args, **(kwargs or {}))


def _embedding(x: Tensor, weight: Tensor, padding_idx: int | None = None, *args: Any, **options: Any) -> Tensor:
    if padding_idx is not None:
        row = torch.arange(weight.shape[0], device=weight.device) == padding_idx % weight.shape[0]
        weight = torch.where(row.unsqueeze(-1), weight.detach(), weight)
    return F.embedding(x, weight, None, *args, **options)
