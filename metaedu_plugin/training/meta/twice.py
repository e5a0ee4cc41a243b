"""Layers that can be differentiated twice, also when they are batched over tasks.

Two kinds of fused operations of torch (seen in 2.13) cannot, or worse, go wrong in silence:

- fused attention has no second derivative;
- layer, batch and instance normalisation with learned weights, batched by `torch.func.vmap` inside a gradient, take
  mean and variance for constants in the second derivative: the outer gradient is wrong by several per cent
  (https://github.com/pytorch/functorch/issues/534).

A test compares second-order gradients through many layers with finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode


@contextmanager
def twice_differentiable() -> Iterator[None]:
    """Within it, these layers are computed by elementary operations."""
    with sdpa_kernel(SDPBackend.MATH), _ElementaryNorms():
        yield


def layer_norm(
    x: Tensor, shape: list[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """`F.layer_norm`."""
    return _affine(_standardised(x, tuple(range(-len(shape), 0)), eps), weight, bias)


def batch_norm(  # noqa: PLR0917 - the signature is torch's
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """`F.batch_norm` of statistics of the batch."""
    if running_mean is not None or running_var is not None:
        return F.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps)
    rows = (0, *range(2, x.dim()))
    return _affine(_standardised(x, rows, eps), *(_per_channel(p, x) for p in (weight, bias)))


def instance_norm(  # noqa: PLR0917 - the signature is torch's
    x: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """`F.instance_norm` of statistics of the instance."""
    if running_mean is not None or running_var is not None:
        return F.instance_norm(x, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
    normal = _standardised(x, tuple(range(2, x.dim())), eps)
    return _affine(normal, *(_per_channel(p, x) for p in (weight, bias)))


REPLACED: dict[Callable[..., Any], Callable[..., Tensor]] = {
    F.layer_norm: layer_norm,
    F.batch_norm: batch_norm,
    F.instance_norm: instance_norm,
}


class _ElementaryNorms(TorchFunctionMode):
    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        replacement: Callable[..., Any] = REPLACED.get(func, func)
        return replacement(*args, **(kwargs or {}))


def _standardised(x: Tensor, over: tuple[int, ...], eps: float) -> Tensor:
    centred = x - x.mean(over, keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(over, keepdim=True) + eps)


def _per_channel(parameter: Tensor | None, x: Tensor) -> Tensor | None:
    return None if parameter is None else parameter.reshape(-1, *(1 for _ in range(x.dim() - 2)))


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias
