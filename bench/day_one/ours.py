"""This project's default in three trainings, and the same network trained from nothing on the support alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from bench.day_one import courses, networks
from bench.day_one.log import Floats, Log
from metaedu_plugin.training.course import Course, Ints
from metaedu_plugin.training.following import logits
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.recipe import RECIPE
from metaedu_plugin.training.specialise import SpecialiseOptions, specialise
from metaedu_plugin.training.vectors import Vectors

SCRATCH = SpecialiseOptions(at_least=0, learners_at_least=2, steps=400, rate=3e-3)


class Adapted:
    """A network that has seen the support of a course."""

    def __init__(self, tracer: Tracer, vectors: Vectors | None, course: Course, support: Ints) -> None:
        self.tracer, self.vectors, self.course, self.support = tracer, vectors, course, support

    def predict(self, query: Log) -> Floats:
        """[N] probability of each row."""
        networks.threads()
        learners = rows_of(self.course, query)
        told = logits(self.tracer, self.course, learners, self.course.counts(self.support), vectors=self.vectors)
        return np.asarray(torch.sigmoid(torch.from_numpy(told)).numpy(), np.float64)


class Ours:
    """The default: in context, with style and offsets, and trained further where the support has enough responses."""

    name = "ours"
    needs_support = False

    def __init__(self, regime: str) -> None:
        self.trained_on = regime
        self.fit_s = float("nan")

    def fit(self, support: Log, *, seed: int) -> Adapted:
        """Adapt to the course."""
        networks.threads()
        tracer, self.fit_s = network(self.trained_on, support.name)
        course = full(support.name)
        learners = rows_of(course, support)
        if not len(learners):
            return Adapted(tracer, None, course, learners)
        further, vectors = specialise(tracer, [(course, learners)])
        return Adapted(further, vectors[0], course, learners)


class InContextOnly(Ours):
    """The default without its two further steps: what forward-only adaptation does by itself."""

    name = "ours-forward"

    def fit(self, support: Log, *, seed: int) -> Adapted:
        """Read the counts."""
        tracer, self.fit_s = network(self.trained_on, support.name)
        course = full(support.name)
        return Adapted(tracer, None, course, rows_of(course, support))


class Scratch:
    """The same network, trained on the support alone: what meta-learning itself adds."""

    name = "ours-scratch"
    trained_on = "support"

    def fit(self, support: Log, *, seed: int) -> Adapted:
        """Train, with a part of the support set aside to stop by."""
        networks.threads()
        torch.manual_seed(seed)
        course = full(support.name)
        learners = rows_of(course, support)
        tracer, vectors = specialise(Tracer(RECIPE.train.hidden, RECIPE.train.width), [(course, learners)], SCRATCH)
        return Adapted(tracer, vectors[0], course, learners)


@cache
def network(regime: str, course: str) -> tuple[Tracer, float]:
    """See `networks.network`; kept in memory."""
    return networks.network(regime, course)


@cache
def full(name: str) -> Course:
    """The course with everybody in it: what is counted is the support's, always."""
    return Course(courses.to_course(courses.load(name)))


def rows_of(course: Course, log: Log) -> Ints:
    """Indices of the log's learners among the course's."""
    place = {sequence.learner: row for row, sequence in enumerate(course.data.sequences)}
    return np.array([place[str(number)] for number in log.learners], np.int64)


METHODS = {
    **{f"ours@{regime}": lambda regime=regime: Ours(regime) for regime in networks.REGIMES},
    **{f"ours-forward@{regime}": lambda regime=regime: InContextOnly(regime) for regime in networks.REGIMES},
    "ours-scratch": Scratch,
}
