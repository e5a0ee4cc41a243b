"""A run on a terminal: one bar for the whole, one line for each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from metaedu_plugin.training.progress import Progress


class Console(Progress):
    """Shows progress with tqdm on the error stream; where that is no terminal, the lines of the epochs alone."""

    def __init__(self) -> None:
        self._bar = tqdm(
            total=100, bar_format="{desc:<40.40} {percentage:3.0f}% |{bar}| {elapsed}", leave=False, disable=None
        )

    def at(self, stage: str, fraction: float, message: str = "") -> None:
        """Move the bar."""
        self._bar.set_description_str(f"{stage}: {message}" if message else stage, refresh=False)
        self._bar.n = round(100 * fraction)
        self._bar.refresh()

    def epoch(self, figures: Mapping[str, Any]) -> None:
        """Write a line above the bar."""
        self._bar.write(
            f"epoch {figures['epoch']}/{figures['epochs']}: "
            f"loss {figures['train_loss']:.4f} (validation {figures['test_loss']:.4f}), "
            f"accuracy {figures['train_accuracy']:.3f} (validation {figures['test_accuracy']:.3f}), "
            f"{figures['seconds']:.0f} s"
        )

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
