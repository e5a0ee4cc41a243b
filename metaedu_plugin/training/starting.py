"""Which weights a training begins with: those that ship, the champion's, or fresh ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training.meta_training import TrainOptions, network
from metaedu_plugin.training.options import CHAMPION, FRESH, SHIPPED
from serving import bundle
from serving.errors import BundleError


@dataclass(frozen=True)
class Start:
    """What to begin with."""

    version: str
    """Whose weights; `fresh` when nobody's."""
    weights: Mapping[str, Tensor] | None = None
    note: str = ""
    """Why it is not what was asked for; empty when it is."""


def find(wanted: str, options: TrainOptions) -> Start:
    """The weights that a run asked for (`Options.start`), or fresh ones with the reason.

    Weights fit when the network of these options has the same parameters in the same shapes.
    """
    if wanted == FRESH:
        return Start(FRESH)
    directory, who = bundle.SHIPPED, "The shipped model"
    if wanted == CHAMPION:
        champion = registry.champion()
        if champion is None:
            found = find(SHIPPED, options)
            return Start(found.version, found.weights, f"There is no champion to start from. {found.note}".strip())
        directory, who = Path(champion.path), f"The champion {champion.name}"
    try:
        name, raw = bundle.read_manifest(directory).name, bundle.weights(directory)
        weights = safetensors.torch.load(raw) if raw is not None else None
    except (BundleError, SafetensorError) as error:
        return Start(FRESH, note=f"{who} cannot be read, so the training starts fresh: {error}")
    if weights is None:
        return Start(FRESH, note=f"{who} came without its weights, so the training starts fresh.")
    if _shapes(weights) != _shapes(network(options).state_dict()):
        return Start(FRESH, note=f"{who} is another network than this training's, so the training starts fresh.")
    return Start(name, weights)


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in weights.items()}
