"""From a learner state and a course's counts to the arrays of `serving.schema`, for many items at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.model import Context, Floats
from serving.schema import COUNTS, COURSE_COUNTS
from serving.state import NOTHING, LearnerState, States, code
from serving.types import UNKNOWN, Response
from serving.vectors import CourseVectors, combined

TOTAL: Final = "t"

Tally = tuple[int, int, int, int, int]
"""What is added to counts, by the columns of `serving.schema`."""


class CourseState(NamedTuple):
    """What is known of a course, for a batch."""

    counts: Floats
    """Everybody's counts [len(keys), 5], for the batch's keys in their order."""
    vector: Floats
    """[B, V], see `Batch.vector`."""


class Own(NamedTuple):
    """What is known of a learner, for a batch; of L learners with L as first axis of each array."""

    vector: Floats
    """[G]"""
    skills: Floats
    """[skills + 1, K]; the last row stands for no skill."""
    item: Floats
    """[B, I]"""
    last: NDArray[np.float64]
    """Epoch seconds of the last response at all, on each of the skills and none, on each item; -1 unknown."""
    added: Floats
    """What they have added to the course's counts, [len(keys), 5]."""


def item_key(item: str) -> str:
    """Key of an item among a course's counts."""
    return f"i:{item}"


def skill_key(skill: str) -> str:
    """Key of a skill among a course's counts."""
    return f"s:{skill}"


def tally(response: Response, own: Floats) -> NDArray[np.int64]:
    """What a response adds to the counts of its course, its skills and its item, one row each, [K, 5].

    `own` [K, 5] is what the learner has added before; the item's is the last.
    """
    right, added = int(response.correct), np.zeros(own.shape, np.int64)
    added[:, :COUNTS] = (0, 0, 1, right) if own[-1, COUNTS] else (1, right, 0, 0)
    added[:, COUNTS] = own[:, COUNTS] == 0
    return added


def outcome(response: Response) -> Floats:
    """The `outcome` input of the observe graph, [1, 5]."""
    seconds = response.seconds if np.isfinite(response.seconds) and response.seconds >= 0 else UNKNOWN
    row = (float(response.correct), response.score, response.hints, seconds, response.attempt)
    return np.array([row], np.float32)


def times(responses: Sequence[Response]) -> NDArray[np.float64]:
    """When each came, [L, 1]."""
    return np.array([[each.time] for each in responses])


class Batch:
    """B items with their skills, laid out once and good for any learner and any time.

    An item of None stands for a fresh item: one that nobody, and so neither this learner, has ever answered.
    """

    def __init__(self, items: Sequence[str | None], skills: Sequence[tuple[str, ...]]) -> None:
        size = len(items)
        width = max((len(s) for s in skills), default=0) or 1
        self.position: dict[str, int] = {}
        place = self.position.setdefault
        flat = [place(s, len(self.position)) for each in skills for s in each]
        lengths = np.fromiter((len(s) for s in skills), np.intp, size)
        self.mask: NDArray[np.bool_] = np.arange(width) < lengths[:, None]
        self.index = np.zeros((size, width), np.intp)
        self.index[self.mask] = flat
        self.skills = list(self.position)
        self.items = [i for i in items if i is not None]
        self.item_codes = [code(i) for i in self.items]
        self.skill_codes = [code(s) for s in self.skills]
        self.keys = [TOTAL, *(skill_key(s) for s in self.skills), *(item_key(i) for i in self.items)]
        """Keys of the course counts that `context` needs, in its order."""
        known = np.flatnonzero([i is not None for i in items])
        # One row more than there are skills, and than there are keys, stands for nothing: zeros, and never seen.
        amount = len(self.skills)
        self._mask = self.mask.astype(np.float32)
        self._skill_codes = np.array([*self.skill_codes, NOTHING], np.uint64)
        self._item_codes = np.full(size, NOTHING, np.uint64)
        self._item_codes[known] = self.item_codes
        self._known = known
        self._skill = np.where(self.mask, self.index, amount)
        self._skill_count = np.where(self.mask, 1 + self.index, len(self.keys))
        self._item_count = np.full(size, len(self.keys), np.intp)
        self._item_count[known] = 1 + amount + np.arange(len(known))
        self._vector: tuple[CourseVectors, str, Floats] | None = None

    def __len__(self) -> int:
        return len(self._item_codes)

    def places(self, at: int, skills: Sequence[str]) -> list[int]:
        """Places among `keys`: of the course, of these skills, of an item by its place among `items`."""
        return [0, *(1 + self.position[skill] for skill in skills), 1 + len(self.position) + at]

    def vector(self, vectors: CourseVectors, course: str) -> Floats:
        """The `course_vector` input [B, V]; looked up anew when another model or course asks than before."""
        kept = self._vector
        if kept is None or kept[0] is not vectors or kept[1] != course:
            told = np.zeros((len(self), vectors.width), np.float32)
            if course in vectors:
                told[self._known], skills = vectors.lookup(course, self.items, self.skills)
                told = combined(told, skills, self.index, self.mask) + vectors.of_course(course)
            self._vector = kept = (vectors, course, told)
        return kept[2]

    def own(self, state: LearnerState | States) -> Own:
        """What is known of this learner, or of each of these."""
        skills, skills_last = state.skills.gather(self._skill_codes)
        item, items_last = state.items.gather(self._item_codes)
        vector, last = state.vector[..., None, :], np.asarray(state.last)[..., None]
        added = np.empty((*state.vector.shape[:-1], len(self.keys), COURSE_COUNTS), np.float32)
        counted = [vector, skills[..., :-1, :], item.take(self._known, axis=-2)]
        np.concatenate([each[..., :COUNTS] for each in counted], axis=-2, out=added[..., :COUNTS])
        added[..., COUNTS] = added[..., 0] + added[..., 2] > 0
        return Own(state.vector, skills, item, np.concatenate([last, skills_last, items_last], axis=-1), added)

    def context(self, own: Own, course: CourseState, now: float | NDArray[np.float64]) -> Context:
        """The arrays for this learner at `now` (epoch seconds or -1); of L learners one after another, [L * B, ...].

        `now` may be one time for all or [L, 1], the course's counts [len(keys), 5] or [L, len(keys), 5].
        """
        amount, lead = len(self.skills), own.vector.shape[:-1]
        size = (*lead, len(self))
        others = np.zeros((*lead, len(self.keys) + 1, COURSE_COUNTS), np.float32)
        np.maximum(course.counts - own.added, 0, out=others[..., :-1, :])
        gone = since(own.last, now)
        elapsed = np.empty((*size, 2), np.float32)
        elapsed[..., 0] = gone[..., :1]
        elapsed[..., 1] = gone[..., 2 + amount :]
        context = Context(
            learner=own.vector[..., None, :].repeat(len(self), axis=-2),
            skills=own.skills.take(self._skill, axis=-2),
            skill_mask=self._mask,
            item=own.item,
            elapsed=elapsed,
            skill_elapsed=gone[..., 1:].take(self._skill, axis=-1),
            course_item=others.take(self._item_count, axis=-2),
            course_skills=others.take(self._skill_count, axis=-2),
            course_total=others[..., :1, :].repeat(len(self), axis=-2),
            course_vector=course.vector,
        )
        return _flat(context, lead[0]) if lead else context


def _flat(context: Context, learners: int) -> Context:
    """Learners and pairs as one axis; what is the same for all learners is repeated."""
    same = {"skill_mask", "course_vector"}
    return Context(
        *(
            np.tile(array, (learners, *[1] * (array.ndim - 1))) if name in same else array.reshape(-1, *array.shape[2:])
            for name, array in zip(Context._fields, context, strict=True)
        )
    )


def is_time(seconds: float) -> bool:
    """Whether this can be epoch seconds; what lies past the year 5000 was never a time."""
    return 0 <= seconds < 1e11


def since(last: NDArray[np.float64], now: float | NDArray[np.float64]) -> Floats:
    """Seconds from `last` to `now`; -1 where either is unknown, and 0 where the clock went backwards."""
    told = np.where(np.isfinite(now), now, UNKNOWN)
    return np.where((told >= 0) & (last >= 0), np.maximum(told - last, 0), UNKNOWN).astype(np.float32)


def rows(context: Context, which: slice | NDArray[np.intp]) -> Context:
    """Some of the pairs of a context."""
    return Context(*(array[which] for array in context))
