"""How much harder or easier each item and skill of a course is than the network says: an offset of the logit each.

With a normal prior around zero, so that what few have answered hardly moves; on a convex loss, by Newton's method with
a diagonal bound of the Hessian. It is the difficulty of a Rasch model (Rasch 1960) on top of another model's logits.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from metaedu_plugin.training.course import Course, CourseCounts, Ints
from metaedu_plugin.training.following import logits
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.vectors import Vectors

_STRENGTH = 12.0
"""Precision of the prior on an offset, in logits^-2."""
_NEWTON = 15


def offsets(
    tracer: Tracer, course: Course, learners: Ints, *, support: CourseCounts | None = None, strength: float = _STRENGTH
) -> Vectors:
    """Fit the offsets of a course's items and skills to these learners; the other entries are zero."""
    vectors = Vectors(course)
    counts = course.counts(learners) if support is None else support
    base = logits(tracer, course, learners, counts, own_out=True)
    where = np.concatenate([np.empty(0, np.int64), *(np.r_[course.rows(int(n))] for n in learners)]).astype(np.int64)
    if not len(where):
        return vectors
    item = np.where(course.anonymous[course.item[where]], 0, course.item[where] + 1)
    skill = course.skill_table[course.item[where]] + 1
    on_item, on_skill = fit_offsets(
        base, course.outcome[where, 0].astype(np.float64), item, skill,
        items=len(vectors.item), skills=len(vectors.skill), strength=strength,
    )  # fmt: skip
    with torch.no_grad():
        vectors.item[:, 0], vectors.skill[:, 0] = torch.from_numpy(on_item), torch.from_numpy(on_skill)
    return vectors


def fit_offsets(
    base: NDArray[np.float64],
    correct: NDArray[np.float64],
    item: Ints,
    skill: Ints,
    *,
    items: int,
    skills: int,
    strength: float = _STRENGTH,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximum a posteriori offsets [items] and [skills]: correct ~ sigmoid(base + offset(item) + mean offset(skills)).

    Args:
        base: [R] logit without offsets.
        correct: [R] 0 or 1.
        item: [R] row of the item; 0 for none.
        skill: [R, S] rows of the skills; 0 for none.
        items: how many rows there are for items.
        skills: how many for skills.
        strength: precision of the normal prior.

    """
    on_item, on_skill = np.zeros(items), np.zeros(skills)
    there = skill > 0
    share = there / np.maximum(there.sum(1, keepdims=True), 1)

    def change(groups: Ints, weights: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
        told = 1.0 / (1.0 + np.exp(-(base + on_item[item] + (on_skill[skill] * share).sum(1))))
        chance, right = (np.repeat(each, weights.shape[1]) for each in (told, correct))
        group, weight = groups.reshape(-1), weights.reshape(-1)
        slope = np.bincount(group, weights=weight * (right - chance), minlength=len(offset)) - strength * offset
        # The weights of a response add up to 1, so that this diagonal bounds the Hessian (Böhning & Lindsay 1988).
        bend = np.bincount(group, weights=weight * chance * (1 - chance), minlength=len(offset)) + strength
        step: NDArray[np.float64] = 0.8 * slope / bend
        step[0] = 0.0
        return step

    for _ in range(_NEWTON):
        on_item += change(item[:, None], np.ones((len(base), 1)), on_item)
        on_skill += change(skill, share, on_skill)
    return on_item, on_skill
