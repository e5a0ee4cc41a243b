"""What answers when there is no bundle: rates of the course, shrunk to each other, and the learner's own record.

The item's rate is shrunk to its skills' rate, that to the course's, and that to 0.65; the learner's own responses
then count as further successes and failures of a Beta distribution (empirical Bayes, Morris 1983, as beta-binomial).
First and later attempts count the same.
"""

from __future__ import annotations

import numpy as np

from serving.model import Context, Dims, Floats, Observed, summed
from serving.vectors import CourseVectors

RATE = 0.65
COURSE_WEIGHT, SKILL_WEIGHT, ITEM_WEIGHT = 20.0, 10.0, 5.0
"""Responses that the coarser rate is worth against the finer one."""
PRIOR_WEIGHT = 4.0
"""Responses that the course's rate is worth against the learner's own."""
OWN_OVERALL, OWN_SKILL, OWN_ITEM = 0.15, 1.0, 1.0
"""What a response of the learner is worth: anywhere, on the skill, on the item itself."""


class PriorModel:
    """Closed-form model without training, for a course that nobody has trained a model for."""

    name = "prior"
    source = "prior"
    dims = Dims(4, 4, 4, 1)
    vectors = CourseVectors(1)

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        """Probability [B] and concentration [B]."""
        mask = context.skill_mask
        amount = np.maximum(mask.sum(axis=1), 1)
        course = _shrink(context.course_total, np.float32(RATE), COURSE_WEIGHT)
        per_skill = _shrink(context.course_skills, course[:, None], SKILL_WEIGHT)
        skill = np.where(mask.any(axis=1), (per_skill * mask).sum(axis=1) / amount, course)
        item = _shrink(context.course_item, skill, ITEM_WEIGHT)

        own = OWN_OVERALL * summed(context.learner) + OWN_ITEM * summed(context.item)
        own = own + OWN_SKILL * (summed(context.skills) * mask[:, :, None]).sum(axis=1) / amount[:, None]
        concentration = PRIOR_WEIGHT + own[:, 0]
        probability = (PRIOR_WEIGHT * item + own[:, 1]) / concentration
        return probability.astype(np.float32), concentration.astype(np.float32)

    def observe(self, context: Context, outcome: Floats) -> Observed:
        """Counts one response, and one correct response where it was."""
        again = summed(context.item)[:, 0] > 0
        told = np.stack([np.ones(len(outcome), np.float32), outcome[:, 0]], axis=1)
        one = np.concatenate([np.where(again[:, None], 0, told), np.where(again[:, None], told, 0)], axis=1)
        skills = (context.skills + one[:, None] * context.skill_mask[:, :, None]).astype(np.float32)
        return Observed(*self.predict(context), context.learner + one, skills, context.item + one)


def _shrink(counts: Floats, rate: Floats | np.float32, weight: float) -> Floats:
    both = summed(counts)
    smoothed: Floats = (both[..., 1] + weight * rate) / (both[..., 0] + weight)
    return smoothed
