"""From a learner state and a course's counts to the arrays of `serving.schema`, for many items at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from serving.model import Context, Floats
from serving.schema import OWN_CORRECT
from serving.state import LearnerState, code
from serving.types import UNKNOWN, Response

TOTAL = "t"
OWN = OWN_CORRECT + 1


def item_key(item: str) -> str:
    """Key of an item among a course's counts."""
    return f"i:{item}"


def skill_key(skill: str) -> str:
    """Key of a skill among a course's counts."""
    return f"s:{skill}"


def deltas(response: Response) -> dict[str, tuple[int, int]]:
    """What a response adds to its course's counts: responses and correct ones, by key."""
    one = (1, int(response.correct))
    return {TOTAL: one, item_key(response.item): one} | {skill_key(s): one for s in response.skills}


def outcome(response: Response) -> Floats:
    """The `outcome` input of the observe graph, [1, 5]."""
    seconds = response.seconds if np.isfinite(response.seconds) and response.seconds >= 0 else UNKNOWN
    row = (float(response.correct), response.score, response.hints, seconds, response.attempt)
    return np.array([row], np.float32)


class Batch:
    """B items with their skills, laid out once and good for any learner and any time.

    An item of None stands for a fresh item: one that nobody, and so neither this learner, has ever answered.
    """

    def __init__(self, items: Sequence[str | None], skills: Sequence[tuple[str, ...]]) -> None:
        width = max((len(s) for s in skills), default=0) or 1
        self.position: dict[str, int] = {}
        place = self.position.setdefault
        flat = [place(s, len(self.position)) for each in skills for s in each]
        lengths = np.fromiter((len(s) for s in skills), np.intp, len(skills))
        self.mask: NDArray[np.bool_] = np.arange(width) < lengths[:, None]
        self.index = np.zeros((len(skills), width), np.intp)
        self.index[self.mask] = flat
        self.skills = list(self.position)
        self.known = np.fromiter((i is not None for i in items), np.bool_, len(items))
        self.item_codes = [code(i) for i in items if i is not None]
        self.skill_codes = [code(s) for s in self.skills]
        self.keys = [
            TOTAL,
            *(skill_key(s) for s in self.skills),
            *(item_key(i) for i in items if i is not None),
        ]
        """Keys of the course counts that `context` needs, in its order."""

    def __len__(self) -> int:
        return len(self.known)

    def context(self, state: LearnerState, counts: Floats, now: float) -> Context:
        """The arrays for this learner at `now` (epoch seconds or -1); `counts` [len(keys), 2] are the course's."""
        size, amount = len(self), len(self.skills)
        own_skills, skills_last = state.skills.gather(self.skill_codes)
        own_items, items_last = state.items.gather(self.item_codes)
        mask = self.mask.astype(np.float32)

        others_total = np.maximum(counts[0] - state.vector[:OWN], 0)
        others_skills = np.maximum(counts[1 : 1 + amount] - own_skills[:, :OWN], 0)
        others_items = np.maximum(counts[1 + amount :] - own_items[:, :OWN], 0)

        item = np.zeros((size, own_items.shape[1]), np.float32)
        course_item = np.zeros((size, 2), np.float32)
        elapsed = np.full((size, 2), UNKNOWN, np.float32)
        item[self.known] = own_items
        course_item[self.known] = others_items
        elapsed[:, 0] = since(np.array([state.last]), now)[0]
        elapsed[self.known, 1] = since(items_last, now)

        skills = np.zeros((*self.index.shape, own_skills.shape[1]), np.float32)
        course_skills = np.zeros((*self.index.shape, 2), np.float32)
        skill_elapsed = np.full(self.index.shape, UNKNOWN, np.float32)
        if amount:
            where = self.index[self.mask]
            skills[self.mask] = own_skills[where]
            course_skills[self.mask] = others_skills[where]
            skill_elapsed[self.mask] = since(skills_last, now)[where]
        return Context(
            learner=np.repeat(state.vector[None], size, axis=0),
            skills=skills,
            skill_mask=mask,
            item=item,
            elapsed=elapsed,
            skill_elapsed=skill_elapsed,
            course_item=course_item,
            course_skills=course_skills,
            course_total=np.repeat(others_total[None], size, axis=0).astype(np.float32),
        )


def is_time(seconds: float) -> bool:
    """Whether this can be epoch seconds; what lies past the year 5000 was never a time."""
    return 0 <= seconds < 1e11


def since(last: NDArray[np.float64], now: float | NDArray[np.float64]) -> Floats:
    """Seconds from `last` to `now`; -1 where either is unknown, and 0 where the clock went backwards."""
    told = np.where(np.isfinite(now), now, UNKNOWN)
    return np.where((told >= 0) & (last >= 0), np.maximum(told - last, 0), UNKNOWN).astype(np.float32)


def rows(context: Context, which: slice) -> Context:
    """Some of the pairs of a context."""
    return Context(*(array[which] for array in context))


def add(counts: Floats, keys: Sequence[str], delta: Mapping[str, tuple[int, int]]) -> Floats:
    """The counts as they are once `delta` has been added."""
    result = counts.copy()
    for row, key in enumerate(keys):
        if key in delta:
            result[row] += delta[key]
    return result
