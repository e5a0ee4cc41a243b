"""What can be asked of a training run; the same words for the command line, the operator's page and the task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.sources.base import NAMES as SOURCES

IN_CONTEXT = "in_context"
SHIPPED, CHAMPION, FRESH = "shipped", "champion", "fresh"
STARTS = (SHIPPED, CHAMPION, FRESH)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a run; the defaults suit two CPU cores and a few minutes."""

    courses: tuple[str, ...] = ()
    """Courses to train on; all of them when none is named."""
    unseen: tuple[str, ...] = ()
    """Courses kept away from training, to measure what a new course would get."""
    source: str = ""
    """Where the answers come from: `own` tables or `aspects`; what METAEDU_TRAINING_SOURCE says unless given."""
    meta_learner: str = IN_CONTEXT
    """`in_context` is what is served; another one is trained beside it, for comparison only."""
    start: str = SHIPPED
    """Weights to begin with: those of the model that ships, the champion's, or fresh ones."""
    epochs: int | None = None
    """As many as suit the start unless given: fresh weights need more than trained ones."""
    batches: int = 60
    """Episodes an epoch."""
    specialise: bool = True
    """Train further on the run's own courses, so that their items and skills get vectors of their own."""
    specialise_seconds: float = 300.0
    """Seconds of that at most."""
    seconds: float | None = None
    """Stop training after the epoch in which so many seconds are over."""
    seed: int = 0
    simulated: int = 120
    """Simulated courses to train on beside the captured ones."""
    simulated_unseen: int = 12
    """Further simulated courses, to measure what a new course would get."""
    attempts: int = 2
    """How often to train at most: what the gate refuses is adjusted and tried again."""
    trials: int = 6
    """Trials of an adjustment at most."""
    adjust_seconds: float = 300.0
    """Seconds of an adjustment at most."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batches", "attempts", "trials"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}")
        if self.source not in SOURCES:
            raise ValueError(f"source must be one of {', '.join(filter(None, SOURCES))}")
        if self.simulated < 0 or self.simulated_unseen < 0:
            raise ValueError("simulated courses cannot be fewer than 0")


def parse(options: Mapping[str, Any]) -> Options:
    """Options as they were stored with the run.

    Raises:
        TrainingError: an option is unknown or has a wrong value.

    """
    try:
        return msgspec.convert(dict(options), Options, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(Options.__struct_fields__)
        raise TrainingError(f"The run's options cannot be followed: {error}. There are: {known}.") from error
