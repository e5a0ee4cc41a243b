"""Almost no inner loop."""

from __future__ import annotations

from typing import Any

from torch import nn

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.maml import MAML


class ANIL(MAML):
    """MAML in which only the head adapts; the body is shared by all tasks.

    Raghu, Raghu, Bengio & Vinyals 2020, arXiv 1909.09157: most of what MAML gains is in the features, so adapting
    the last layer alone does as well, for less.

    Args:
        network: the whole network.
        loss: as in MAML.
        head: name of the submodule or parameter that adapts, as `network.named_parameters()` spells it.
        options: the options of MAML.

    Raises:
        ValueError: the network has no parameter under that name.
    """

    def __init__(self, network: nn.Module, loss: Loss, *, head: str, **options: Any) -> None:
        super().__init__(network, loss, **options)
        every = network.named_parameters(remove_duplicate=False)
        inside = ((name, value) for name, value in every if name == head or name.startswith(f"{head}."))
        self.adapting = tuple(name for name, value in inside if value.requires_grad)
        if not self.adapting:
            names = ", ".join(name for name, _ in network.named_children()) or "no submodules"
            raise ValueError(f"The network has no head named {head!r} with parameters to adapt. It has: {names}.")
