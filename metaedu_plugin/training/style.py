"""How courses differ in what a learner's evidence counts for, and so where to look for a course's style.

In one course a right answer tells much of the next, in another it is forgotten by the next chapter; here items differ
widely, there hardly. So a course's logit is the network's plus `style . directions(place)`, where the place of a
response is what the network sees and makes of it, and the style is the course's own. The directions are meta-learned
such that over courses a style is standard normal: a hierarchical logistic regression (Gelman & Hill 2007), fitted by
expectation maximisation with a normal approximation of each course's posterior. From then on a handful of learners
place a new course, as far as they can (`training.adapting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.following import follow_all
from metaedu_plugin.training.networks.tracer import STYLE, Tracer

RESPONSES = 4000
"""Of a course, at most."""
_ITERATIONS, _NEWTON = 15, 2
_SPREAD = 1e-3
"""Prior variance of a course's weight of a standardised entry, before any course was seen."""
_WORTH = 40.0
"""How many courses the directions that training began with are worth."""


@dataclass(frozen=True)
class _Course:
    """Responses of one course: logit [R], place [R, D], correct [R]; float64."""

    logit: Tensor
    place: Tensor
    correct: Tensor


@torch.no_grad()
def learn_directions(tracer: Tracer, courses: Iterable[Course], *, seed: int = 0) -> None:
    """Set the network's directions to those in which these courses differ.

    Of each course some learners are the support (their number log-uniform), and others are followed. Where the network
    has directions already, they count as `_WORTH` courses; else the prior is that nothing differs.
    """
    rng = np.random.default_rng(seed)
    told = [_followed(tracer, course, rng) for course in courses if len(course) > 1]
    told = [each for each in told if len(each.correct)]
    if not told:
        return
    # Drawn, not every tenth: where all give a multiple of ten responses, those would be their first ones.
    every = torch.cat([c.place[rng.permutation(len(c.place))[: 1 + len(c.place) // 10]] for c in told])
    mean, scale = every.mean(0), every.std(0, correction=0) + 0.05
    standard = [replace(c, place=functional.pad((c.place - mean) / scale, (0, 1), value=1.0)) for c in told]
    slope, constant = tracer.directions.weight.double(), tracer.directions.bias.double()
    weights = _directions(standard, torch.column_stack([slope * scale, constant + slope @ mean]))
    slope = weights[:, :-1] / scale
    tracer.directions.weight.copy_(slope)
    tracer.directions.bias.copy_(weights[:, -1] - slope @ mean)


def _directions(courses: Sequence[_Course], before: Tensor) -> Tensor:
    """[STYLE, D] square roots of the variance over courses, the largest first; `before` likewise, zeros for none."""
    size = before.shape[1]
    prior = before.T @ before + _SPREAD * torch.eye(size, dtype=torch.float64)
    worth = _WORTH if bool(before.any()) else 1.0
    variance, weights = prior, [torch.zeros(size, dtype=torch.float64) for _ in courses]
    for _ in range(_ITERATIONS):
        precision, total = torch.linalg.inv(variance), worth * prior
        for number, course in enumerate(courses):
            weights[number], bend = _climb(course, precision, weights[number])
            total = total + torch.outer(weights[number], weights[number]) + torch.linalg.inv(bend)
        variance = total / (worth + len(courses))
    values, vectors = torch.linalg.eigh(variance)
    largest = torch.argsort(values, descending=True)[:STYLE]
    roots: Tensor = (vectors[:, largest] * values[largest].sqrt()).T
    return roots


def _climb(course: _Course, precision: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Newton steps to the maximum a posteriori of correct ~ sigmoid(logit + place @ weights), weights normal.

    A step is halved until it does not make things worse. Returns the weights [D] and the Hessian before the last step.
    """
    logit, place, correct = course.logit, course.place, course.correct

    def loss(at: Tensor) -> float:
        told = functional.binary_cross_entropy_with_logits(logit + place @ at, correct, reduction="sum")
        return float(told + 0.5 * at @ precision @ at)

    here = loss(weights)
    for _ in range(_NEWTON):
        chance = torch.sigmoid(logit + place @ weights)
        slope = place.T @ (chance - correct) + precision @ weights
        bend = (place * (chance * (1 - chance)).unsqueeze(-1)).T @ place + precision
        step = torch.linalg.solve(bend, slope)
        while (there := loss(weights - step)) > here and float(step.abs().max()) > 1e-6:
            step = step / 2
        weights, here = weights - step, min(here, there)
    return weights, bend


def _followed(tracer: Tracer, course: Course, rng: np.random.Generator) -> _Course:
    order = rng.permutation(len(course))
    most = max(1.0, 0.8 * (len(course) - 1))
    support = order[: round(float(np.exp(rng.uniform(0.0, np.log(most)))))]
    others = order[len(support) :]
    enough = int(np.searchsorted(np.cumsum(course.lengths[others]), RESPONSES)) + 1
    others = others[:enough]
    followed = follow_all(tracer, course, others, course.counts(support), places=True)
    rows = course.rows_of(others)
    chosen = np.sort(rng.permutation(len(rows))[:RESPONSES])
    columns = followed.logit[chosen], followed.place[chosen], course.outcome[rows[chosen], 0]
    return _Course(*(torch.from_numpy(column).double() for column in columns))
