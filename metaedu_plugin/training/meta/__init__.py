"""The meta-learners by name: a new one is one file and one line here."""

from __future__ import annotations

from typing import Any

from torch import nn

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.anil import ANIL
from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.maml import MAML
from metaedu_plugin.training.meta.prototypical import Prototypical
from metaedu_plugin.training.meta.reptile import Reptile
from metaedu_plugin.training.meta.ridge import Ridge
from metaedu_plugin.training.meta.supervised import Supervised
from metaedu_plugin.training.meta.tasks import Examples, Tasks

__all__ = ["META_LEARNERS", "Examples", "MetaLearner", "Tasks", "create"]

META_LEARNERS: dict[str, type[MetaLearner[Any]]] = {
    "maml": MAML,
    "anil": ANIL,
    "reptile": Reptile,
    "prototypical": Prototypical,
    "ridge": Ridge,
    "supervised": Supervised,
}


def create(name: str, network: nn.Module, loss: Loss, **options: Any) -> MetaLearner[Any]:
    """The meta-learner of that name around a network.

    Raises ValueError for an unknown name, and TypeError for an option that it does not have.
    """
    if name not in META_LEARNERS:
        raise ValueError(f"There is no meta-learner {name!r}. There are: {', '.join(META_LEARNERS)}.")
    return META_LEARNERS[name](network, loss, **options)
