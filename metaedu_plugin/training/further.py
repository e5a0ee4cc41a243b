"""The second part of a run's training: further on its own courses, and how the first part is set where it continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from torch import Tensor

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.material import Material
from metaedu_plugin.training.meta_training import TrainOptions
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.options import Options
from metaedu_plugin.training.specialise import SpecialiseOptions, specialise
from metaedu_plugin.training.vectors import course_table
from serving.vectors import CourseTable

_EPOCHS_CONTINUED, _RATE_CONTINUED = 3, 1e-3


def train_options(options: Options, weights: Mapping[str, Tensor] | None) -> TrainOptions:
    """Options of a run's first training: trained weights to begin with need fewer epochs and smaller steps."""
    usual = TrainOptions(batches=options.batches, seed=options.seed)
    if weights is not None:
        usual = replace(usual, epochs=_EPOCHS_CONTINUED, rate=_RATE_CONTINUED)
    return usual if options.epochs is None else replace(usual, epochs=options.epochs)


def further(
    tracer: Tracer, material: Material, options: Options, report: Callable[[float, str], None]
) -> tuple[Tracer, dict[str, CourseTable]]:
    """Train on the captured courses of a run, beside all its courses; the network, and each course's vectors by key."""
    courses = [Course(data) for data in material.known]
    chosen = [(course, np.arange(len(course))) for course in courses]
    how = SpecialiseOptions(seconds=options.specialise_seconds, seed=options.seed)

    def on_check(share: float, loss: float) -> None:
        report(share, "on the courses themselves")

    beside = [*courses, *map(Course, material.simulated)]
    trained, vectors = specialise(tracer, chosen, how, beside=beside, on_check=on_check)
    return trained, {c.data.key: course_table(c, v) for c, v in zip(courses, vectors, strict=True)}


__all__ = ["further", "train_options"]
