"""Losses of a training as points of a small picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

WIDTH: Final = 240
HEIGHT: Final = 72


def curves(epochs: Sequence[dict[str, Any]], *, measure: str = "loss") -> dict[str, str]:
    """`points` attributes of the lines `train` and `test`, on one scale, in a picture of WIDTH x HEIGHT.

    Epochs without a finite figure are left out; a line of fewer than two points is empty.
    """
    lines = {name: _figures(epochs, f"{name}_{measure}") for name in ("train", "test")}
    values = [value for line in lines.values() for _, value in line]
    if not values:
        return dict.fromkeys(lines, "")
    low, high = min(values), max(values)
    wide, tall = max(1, len(epochs) - 1), (high - low) or 1.0

    def point(index: int, value: float) -> str:
        return f"{index / wide * WIDTH:.1f},{4 + (high - value) / tall * (HEIGHT - 8):.1f}"

    return {name: " ".join(point(*at) for at in line) if len(line) > 1 else "" for name, line in lines.items()}


def _figures(epochs: Sequence[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    return [
        (index, float(epoch[name]))
        for index, epoch in enumerate(epochs)
        if isinstance(epoch.get(name), int | float) and math.isfinite(epoch[name])
    ]
