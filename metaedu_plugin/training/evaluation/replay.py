"""A bundle's predictions for learners that it never saw: what will be served is what is measured.

Every learner is followed alone, next to the counts of the training learners. `serving.Engine` would do the same one
response after the other; here all learners take their n-th submission side by side through the same two graphs, which
is why it takes seconds and not hours. `tests/training/test_evaluation_replay.py` holds the two against each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.course import Course, CourseCounts
from metaedu_plugin.training.evaluation.history import Pairs, pairs, submissions
from metaedu_plugin.training.evaluation.rows import Floats, Ints, Rows
from serving.context import since
from serving.model import Context, Model, Observed
from serving.vectors import combined


def replay(model: Model, rows: Rows, known: Rows | None) -> Floats:
    """Probability [N] of each row, taken before any response of its submission is observed.

    `known` are the training learners of the course, whose counts are the course's; None for a course nobody has
    answered in yet.
    """
    others = Course(rows.course if known is None else known.course)
    states = _States(model, rows, others.counts(range(0 if known is None else len(others))))
    told = np.zeros(len(rows))
    for together, turns in submissions(rows):
        if len(turns) > 1:
            told[together] = model.predict(states.context(together))[0]
        for at in turns:
            after = model.observe(states.context(at), _outcome(rows, at))
            if len(turns) == 1:
                told[at] = after.probability
            states.take_in(at, after)
    return told


def _outcome(rows: Rows, at: Ints) -> NDArray[np.float32]:
    columns = (rows.correct, rows.score, rows.hints, rows.seconds, rows.attempt)
    return np.stack([column[at] for column in columns], axis=1).astype(np.float32)


class _States:
    """What is kept of every learner, each pair a row of one array; the last row of `skills` stands for no skill.

    Of an anonymous item nothing is kept.
    """

    def __init__(self, model: Model, rows: Rows, counts: CourseCounts) -> None:
        dims, course = model.dims, rows.course
        self.rows, self.counts = rows, counts
        self.pairs: Pairs = pairs(rows)
        learners = len(course.sequences)
        self.learner = np.zeros((learners, dims.learner), np.float32)
        self.skills = np.zeros((self.pairs.skills + 1, dims.skill), np.float32)
        self.items = np.zeros((self.pairs.items, dims.item), np.float32)
        self.last = np.full(learners, -1.0)
        self.last_skill = np.full(self.pairs.skills + 1, -1.0)
        self.last_item = np.full(self.pairs.items, -1.0)
        self.item_vectors, self.skill_vectors = model.vectors.lookup(course.key, course.items, course.skills)
        self.item_vectors[course.anonymous] = 0
        self.course_vector = model.vectors.of_course(course.key)

    def context(self, at: Ints) -> Context:
        """The inputs of `serving.schema` for these rows."""
        rows, numbered = self.rows, self.pairs
        who, what, tags, mask = rows.learner[at], numbered.item[at], numbered.skill[at], numbered.mask[at]
        skill_id = numbered.skill_id[at]
        now = rows.time[at]
        arrays = {
            "learner": self.learner[who],
            "skills": self.skills[tags],
            "skill_mask": mask,
            "item": self.items[what],
            "elapsed": np.stack([since(self.last[who], now), since(self.last_item[what], now)], axis=1),
            "skill_elapsed": since(self.last_skill[tags], now[:, None]),
            "course_item": self.counts.item[rows.item[at]],
            "course_skills": self.counts.skill[np.where(mask, skill_id, -1)],
            "course_total": np.broadcast_to(self.counts.total, (len(at), len(self.counts.total))),
            "course_vector": combined(self.item_vectors[rows.item[at]], self.skill_vectors, skill_id, mask)
            + self.course_vector,
        }
        return Context(**{name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()})

    def take_in(self, at: Ints, after: Observed) -> None:
        """Keep the vectors after these rows; no learner occurs twice among them."""
        tags, mask = self.pairs.skill[at], self.pairs.mask[at]
        who, now = self.rows.learner[at], self.rows.time[at]
        self.learner[who] = after.learner
        self.last[who] = np.maximum(self.last[who], now)
        self.skills[tags[mask]] = after.skills[mask]
        on_skill = np.broadcast_to(now[:, None], mask.shape)[mask]
        self.last_skill[tags[mask]] = np.maximum(self.last_skill[tags[mask]], on_skill)
        named = ~self.rows.fresh[at]
        what = self.pairs.item[at][named]
        self.items[what] = after.item[named]
        self.last_item[what] = np.maximum(self.last_item[what], now[named])
