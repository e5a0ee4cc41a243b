"""Running a function of one task over a batch of tasks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves, tree_map

Function = Callable[..., Any]
Buffers = dict[str, torch.Tensor]


class UnfitNetworkError(TypeError):
    """The network cannot be run task by task in one batch; the message says what to change."""


class OverTasks:
    """Runs N tasks all at once where the network allows it, and one after the other where it does not.

    Args:
        network: what the tasks share.
        vectorized: True for all at once or UnfitNetworkError, False for one after the other. None tries the first, and
            takes the second, with a warning, when the network uses an operation that has no batched form.
        chunk: how many tasks to run at once, to save memory.
    """

    def __init__(self, network: nn.Module, *, vectorized: bool | None = None, chunk: int | None = None) -> None:
        if chunk is not None and chunk < 1:
            raise ValueError(f"A chunk is at least one task, not {chunk}.")
        recurrent = _recurrent_layer(network)
        if vectorized and recurrent:
            raise UnfitNetworkError(
                f"Layer {recurrent} cannot be batched over tasks by torch.func.vmap. Pass vectorized=False to run the "
                "tasks one by one, or write the recurrence out with torch.nn.Linear."
            )
        self.network = network
        self.vectorized = False if recurrent else vectorized
        self.chunk = chunk

    def __call__(self, one: Function, many: Function, *batched: Any) -> Any:
        """`many(*batched)`, whose arguments and results have a leading dimension N; or else `one` for each task.

        Raises UnfitNetworkError when the tasks must be run at once and cannot.
        """
        if self.vectorized is False:
            return _joined(torch.stack, (one(*task) for task in _slices(batched)))
        buffers = dict(self.network.named_buffers())
        try:
            results = many(*batched) if self.chunk is None else self._in_chunks(many, batched)
            self._refuse_replaced(buffers)
        except (RuntimeError, NotImplementedError) as error:
            if not any(word in str(error).lower() for word in ("vmap", "batching rule", "functorch")):
                raise
            self._restore(buffers)
            reason = f"The network cannot be run over a batch of tasks at once: {str(error).splitlines()[0]}"
            if self.vectorized:
                raise UnfitNetworkError(
                    f"{reason} Pass vectorized=False to run the tasks one by one, or replace the layer that does this."
                ) from error
            warnings.warn(f"{reason} The tasks run one by one, which is slower.", stacklevel=2)
            self.vectorized = False
            return self(one, many, *batched)
        return results

    def _in_chunks(self, many: Function, batched: tuple[Any, ...]) -> Any:
        return _joined(torch.cat, (many(*some) for some in _slices(batched, self.chunk)))

    def _refuse_replaced(self, buffers: Buffers) -> None:
        for name, buffer in self.network.named_buffers():
            if buffer is not buffers.get(name):
                raise RuntimeError(f"vmap cannot keep the buffer {name!r}, which the network replaces in each call.")

    def _restore(self, buffers: Buffers) -> None:
        for name, buffer in buffers.items():
            owner, _, own = name.rpartition(".")
            setattr(self.network.get_submodule(owner), own, buffer)


def refuse_unfit(network: nn.Module, *, statistics: bool) -> None:
    """Raise UnfitNetworkError for layers that are known not to work, before any of them is run.

    With `statistics` they include normalisation that would carry its statistics from one task to the next.
    """
    for name, module in network.named_modules():
        layer = f"Layer {_spelled(name, module)}"
        if statistics and getattr(module, "running_mean", None) is not None:
            raise UnfitNetworkError(
                f"{layer} keeps running statistics, which would leak from one task into "
                "another. Use GroupNorm or LayerNorm, or call "
                "torch.func.replace_all_batch_norm_modules_(network) first."
            )
        if getattr(module, "sparse", False):
            raise UnfitNetworkError(f"{layer} has sparse gradients, which cannot be batched. Pass it sparse=False.")
        if any(isinstance(value, nn.parameter.UninitializedParameter) for value in module.parameters(recurse=False)):
            raise UnfitNetworkError(f"{layer} does not know its sizes yet. Call the network once on an example.")


def _recurrent_layer(network: nn.Module) -> str | None:
    """The recurrent layers of torch have no batched form."""
    for name, module in network.named_modules():
        if isinstance(module, nn.RNNBase | nn.RNNCellBase):
            return _spelled(name, module)
    return None


def _spelled(name: str, module: nn.Module) -> str:
    return f"{name or '(the network itself)'!r} ({type(module).__name__})"


def _slices(batched: tuple[Any, ...], size: int | None = None) -> Iterator[tuple[Any, ...]]:
    """The tasks one by one, or `size` at a time."""
    for i in range(0, len(tree_leaves(batched)[0]), size or 1):
        yield tree_map(lambda t, i=i: t[i] if size is None else t[i : i + size], batched)


def _joined(join: Callable[[list[torch.Tensor]], torch.Tensor], results: Iterator[Any]) -> Any:
    return tree_map(lambda *parts: join(list(parts)), *results)
