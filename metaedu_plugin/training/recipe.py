"""How the model that ships is trained: on simulated courses alone, new ones in every epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.meta_training import TrainOptions
from metaedu_plugin.training.simulator import simulate_courses

UNSEEN_SEED, VALIDATION_SEED = 770_001, 880_001
"""Of simulated courses that no run trains on, whatever its own seed."""
VALIDATION_COURSES = 16


@dataclass(frozen=True)
class Recipe:
    """What a pretraining can be asked; the defaults are what ships."""

    courses: int = 64
    """Simulated anew for each epoch."""
    train: TrainOptions = field(default_factory=lambda: TrainOptions(epochs=32, batches=100, seed=1))
    seconds: float | None = None
    """Begin no further epoch after so many seconds; how many that are depends on the machine."""
    unseen: int = 24
    """Simulated courses to measure it by; they are the same for every seed, and no training has them."""


RECIPE = Recipe()


def simulated(recipe: Recipe) -> Callable[[int], Sequence[CourseData]]:
    """The courses of an epoch (from 1); the same recipe and epoch give the same ones."""
    return lambda epoch: list(simulate_courses(recipe.courses, recipe.train.seed * 1000 + epoch))


def validation() -> list[CourseData]:
    """What decides which epoch's weights are kept."""
    return list(simulate_courses(VALIDATION_COURSES, VALIDATION_SEED))
