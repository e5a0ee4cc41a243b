"""Running a function of one task over a batch of tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.func import vmap
from torch.utils._pytree import tree_map


class UnfitNetworkError(TypeError):
    """The network cannot be run task by task in one batch; the message says what to change."""


def over_tasks(
    function: Callable[..., Any], *, vectorized: bool = True, chunk: int | None = None
) -> Callable[..., Any]:
    """`function` of one task as a function of N tasks, whose arguments and results have a leading dimension N.

    With `vectorized` all tasks run at once (`chunk` at a time when given, to save memory), and randomness such as
    dropout differs between tasks; without it they run one after the other, which any network survives.
    Raises UnfitNetworkError when the network uses an operation that cannot be batched.
    """
    if not vectorized:
        return lambda *batched: _loop(function, batched)
    mapped = vmap(function, randomness="different", chunk_size=chunk)

    def run(*batched: Any) -> Any:
        try:
            return mapped(*batched)
        except (RuntimeError, NotImplementedError) as error:
            if not any(word in str(error).lower() for word in ("vmap", "batching rule", "functorch")):
                raise
            raise UnfitNetworkError(
                f"The network cannot be run over a batch of tasks at once: {str(error).splitlines()[0]} "
                "Pass vectorized=False to run the tasks one by one, or replace the layer that does this."
            ) from error

    return run


def refuse_unfit(network: nn.Module, *, vectorized: bool) -> None:
    """Raise UnfitNetworkError for layers that are known not to work, before any of them is run.

    They are batch normalisation that carries statistics from one task to the next, and, when tasks are to be run at
    once, the recurrent layers of torch.
    """
    for name, module in network.named_modules():
        if vectorized and isinstance(module, nn.RNNBase | nn.RNNCellBase):
            raise UnfitNetworkError(
                f"Layer {name or '(the network itself)'!r} ({type(module).__name__}) cannot be batched over tasks by "
                "torch.func.vmap. Pass vectorized=False to run the tasks one by one, or write the recurrence out "
                "with torch.nn.Linear."
            )
        if getattr(module, "running_mean", None) is not None:
            raise UnfitNetworkError(
                f"Layer {name or '(the network itself)'!r} ({type(module).__name__}) keeps running statistics, which "
                "would leak from one task into another. Use GroupNorm or LayerNorm, or call "
                "torch.func.replace_all_batch_norm_modules_(network) first."
            )


def _loop(function: Callable[..., Any], batched: tuple[Any, ...]) -> Any:
    leaves = [leaf for leaf in torch.utils._pytree.tree_leaves(batched) if isinstance(leaf, torch.Tensor)]
    results = [function(*tree_map(lambda t, i=i: t[i], batched)) for i in range(len(leaves[0]))]
    return tree_map(lambda *parts: torch.stack(parts), *results)
