"""Meeting a course in closed form: its style, and how much harder or easier each item and skill is than expected.

The maximum a posteriori of a logistic model on top of what the network says: correct ~ sigmoid(logit + style .
directions(place) + offset(item) + mean offset(skills)), everything normal around zero, so that what few have answered
hardly moves. The prior of the style is meta-learned (`training.style`); an offset is the difficulty of a Rasch model
(Rasch 1960) on top of another model's logits. The loss is convex; Newton's method, with a diagonal bound of the Hessian
for the offsets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from metaedu_plugin.training.course import Course, CourseCounts, Ints
from metaedu_plugin.training.following import follow_all
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.vectors import Vectors

Doubles = NDArray[np.float64]


class Strength(NamedTuple):
    """Precision of the normal priors, in logits^-2."""

    style: float = 1.0
    item: float = 12.0
    skill: float = 30.0


STRENGTH = Strength()
FEW = 4.0
"""Learners at which the style's prior counts double: responses of one learner resemble each other."""
_ITERATIONS, _STILL = 100, 1e-3
"""At most so many rounds, and the largest change of a response's logit in a round after which it is good enough."""
_LONGEST_STEP = 2.0
"""In logits of any response, at the first steps."""


def style_strength(learners: int) -> float:
    """Precision of a style's prior where so many learners tell of the course."""
    return STRENGTH.style * (1.0 + FEW / max(1, learners))


def adapt(tracer: Tracer, course: Course, learners: Ints, *, support: CourseCounts | None = None) -> Vectors:
    """Fit style and offsets to these learners, each predicted from the counts of the others; all else stays zero.

    Args:
        tracer: a meta-trained network; it is left as it is.
        course: the course.
        learners: indices of its sequences.
        support: their counts, where these are known already.

    """
    vectors = Vectors(course)
    rows = course.rows_of(learners)
    if not len(rows):
        return vectors
    counts = course.counts(learners) if support is None else support
    followed = follow_all(tracer, course, learners, counts, own_out=True, places=True)
    with torch.no_grad():
        places = tracer.directions(torch.from_numpy(followed.place)).double().numpy()
    items = course.item[rows]
    style, on_item, on_skill = fit(
        followed.logit, places, course.outcome[rows, 0].astype(np.float64),
        np.where(course.anonymous[items], 0, items + 1), course.skill_table[items] + 1,
        items=len(vectors.item), skills=len(vectors.skill),
        strength=STRENGTH._replace(style=style_strength(len(learners))),
    )  # fmt: skip
    with torch.no_grad():
        vectors.style.copy_(torch.from_numpy(style))
        vectors.item[:, 0], vectors.skill[:, 0] = torch.from_numpy(on_item), torch.from_numpy(on_skill)
    return vectors


def fit(
    base: Doubles,
    places: Doubles,
    correct: Doubles,
    item: Ints,
    skill: Ints,
    *,
    items: int,
    skills: int,
    strength: Strength = STRENGTH,
) -> tuple[Doubles, Doubles, Doubles]:
    """Maximum a posteriori style [K] and offsets [items] and [skills], see the module.

    Args:
        base: [R] logit of the network.
        places: [R, K] along the directions.
        correct: [R] 0 or 1.
        item: [R] row of the item; 0 for none.
        skill: [R, S] rows of the skills; 0 for none.
        items: how many rows there are for items.
        skills: how many for skills.
        strength: of the priors.

    """
    style, on_item, on_skill = np.zeros(places.shape[1]), np.zeros(items), np.zeros(skills)
    there = skill > 0
    share = there / np.maximum(there.sum(1, keepdims=True), 1)
    one = np.ones((len(base), 1))
    logit = base.copy()

    def of_offsets(groups: Ints, weights: Doubles, offset: Doubles, precision: float) -> Doubles:
        chance = 1.0 / (1.0 + np.exp(-logit))
        group, weight = groups.reshape(-1), weights.reshape(-1)
        left, bent = (np.repeat(each, weights.shape[1]) for each in (correct - chance, chance * (1 - chance)))
        slope = np.bincount(group, weights=weight * left, minlength=len(offset)) - precision * offset
        # The weights of a response add up to 1, so that this diagonal bounds the Hessian (Böhning & Lindsay 1988).
        bend = np.bincount(group, weights=weight * bent, minlength=len(offset)) + precision
        step: Doubles = 0.8 * slope / bend
        step[0] = 0.0
        return step

    for number in range(_ITERATIONS):
        before = logit
        chance = 1.0 / (1.0 + np.exp(-logit))
        bend = (places * (chance * (1 - chance))[:, None]).T @ places + strength.style * np.eye(len(style))
        step = np.linalg.solve(bend, places.T @ (correct - chance) - strength.style * style)
        moved = places @ step
        if number < 2:
            shorter = min(1.0, _LONGEST_STEP / max(1e-9, np.abs(moved).max(initial=0.0)))
            step, moved = shorter * step, shorter * moved
        style, logit = style + step, logit + moved
        step = of_offsets(item[:, None], one, on_item, strength.item)
        on_item, logit = on_item + step, logit + step[item]
        step = of_offsets(skill, share, on_skill, strength.skill)
        on_skill, logit = on_skill + step, logit + (step[skill] * share).sum(1)
        if np.abs(logit - before).max(initial=0.0) < _STILL:
            break
    return style, on_item, on_skill
