"""A learner in a course at one moment, as arrays: what choosing, planning and reporting mastery look at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from serving.beta import interval
from serving.context import Batch, CourseState, Own
from serving.model import Context, Floats, Model, summed
from serving.state import LearnerState
from serving.types import CourseMap, Mastery, Policy

ENOUGH = 3
"""Responses without which no skill counts as mastered: mastery never hinges on a single answer."""

Flags = NDArray[np.bool_]


class Layout:
    """A course map as arrays: U skills in course order, C candidates; good for any learner."""

    def __init__(self, course_map: CourseMap, extra: Sequence[str] = ()) -> None:
        candidates = course_map.candidates
        places: dict[str, None] = dict.fromkeys(skill for each in candidates for skill in each.skills)
        for skill, before in course_map.prerequisites.items():
            places.update(dict.fromkeys((skill, *before)))
        places.update(dict.fromkeys(extra))
        self.skills = list(places)
        self.candidates = candidates
        fresh = len(self.skills)
        self.batch = Batch(
            [*[None] * fresh, *(each.item for each in candidates)],
            [*((skill,) for skill in self.skills), *(each.skills for each in candidates)],
        )
        self.place = self.batch.position
        self.index = self.batch.index[fresh:]
        self.mask = self.batch.mask[fresh:]
        self.minutes = np.fromiter((max(each.minutes, 0.5) for each in candidates), np.float64, len(candidates))
        readable = set(course_map.readable)
        self.readable: Flags = np.array([skill in readable for skill in self.skills], np.bool_)
        self.before = {
            self.place[skill]: [self.place[each] for each in earlier if each != skill]
            for skill, earlier in course_map.prerequisites.items()
        }
        pairs = [(skill, each) for skill, earlier in self.before.items() for each in earlier]
        self.before_pairs = np.array(pairs, np.intp).reshape(-1, 2)
        """Places of a skill and of one that comes before it."""
        self.taught: Flags = self.any_of(np.arange(len(candidates)))
        self._by_code = {each: place for place, each in enumerate(self.batch.skill_codes)}
        self._item_by_code = {each: place for place, each in enumerate(self.batch.item_codes)}

    def having(self, skills: Flags) -> Flags:
        """Candidates with at least one of these skills [U] -> [C]."""
        if not len(self.skills):
            return np.zeros(len(self.candidates), np.bool_)
        found: Flags = np.any(skills[self.index] & self.mask, axis=1)
        return found

    def any_of(self, candidates: NDArray[np.intp]) -> Flags:
        """Skills that these candidates have, [U]."""
        flags = np.zeros(len(self.skills), np.bool_)
        flags[self.index[candidates][self.mask[candidates]]] = True
        return flags

    def by_codes(self, codes: Sequence[int]) -> list[int]:
        """Places of skills by their codes; those that the course does not have are left out."""
        return [self._by_code[each] for each in codes if each in self._by_code]

    def candidate(self, code: int) -> int | None:
        """Place of a candidate by its item's code."""
        return self._item_by_code.get(code)


class Layouts:
    """The layouts of the course maps seen last: a course map that is the same object is laid out once."""

    def __init__(self, size: int = 16) -> None:
        self._size = size
        self._lock = Lock()
        self._kept: OrderedDict[int, tuple[CourseMap, Layout]] = OrderedDict()

    def of(self, course_map: CourseMap, extra: Sequence[str] = ()) -> Layout:
        """The course map's layout, with `extra` skills in it."""
        with self._lock:
            kept = self._kept.get(id(course_map))
            if kept:
                self._kept.move_to_end(id(course_map))
        layout = kept[1] if kept else Layout(course_map)
        if not kept:
            with self._lock:
                self._kept[id(course_map)] = (course_map, layout)
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
        return layout if all(skill in layout.place for skill in extra) else Layout(course_map, extra)


@dataclass(frozen=True)
class View:
    """Predictions and record of one learner, by skill [U] and by candidate [C]."""

    layout: Layout
    state: LearnerState
    context: Context
    mean: Floats
    concentration: Floats
    responses: Floats
    correct: Floats
    mastered: Flags
    days: Floats
    """Days since the last response on the skill; -1 unknown or never."""
    chance: Floats
    """Predicted chance of success, [C]."""
    answered: Floats
    right: Floats

    @cached_property
    def open(self) -> Flags:
        """Candidates that were not yet answered correctly, and the one that was wrong just now."""
        found: Flags = np.equal(self.right, 0)
        at = None if self.state.last_correct else self.layout.candidate(self.state.last_item)
        if at is not None:
            found[at] = True
        return found

    @cached_property
    def ready_skills(self) -> Flags:
        """Skills [U] whose prerequisites are mastered, or have nothing left to do."""
        met = self.mastered | ~self.layout.any_of(self.open.nonzero()[0])
        ready = np.ones(len(met), np.bool_)
        skill, earlier = self.layout.before_pairs.T
        ready[skill[~met[earlier]]] = False
        return ready

    @cached_property
    def ready(self) -> Flags:
        """Candidates [C] all of whose skills are ready."""
        if not self.layout.skills:
            return np.ones(len(self.layout.candidates), np.bool_)
        found: Flags = np.all(self.ready_skills[self.layout.index] | ~self.layout.mask, axis=1)
        return found


def look(model: Model, layout: Layout, state: LearnerState, course: CourseState, *, now: float, policy: Policy) -> View:
    """The view of a learner; `course` is what is known for `layout.batch`."""
    context = layout.batch.context(layout.batch.own(state), course, now)
    nothing = np.zeros(0, np.float32)
    return view_of(layout, state, context, model.predict(context) if len(layout.batch) else (nothing, nothing), policy)


def view_of(layout: Layout, state: LearnerState, context: Context, told: tuple[Floats, Floats], policy: Policy) -> View:
    """The view of a learner when the model has `told` probability and concentration for `layout.batch`."""
    size = len(layout.skills)
    mean, concentration = told
    own = summed(context.skills[:size, 0])
    since = context.skill_elapsed[:size, 0]
    items = summed(context.item[size:])
    return View(
        layout=layout,
        state=state,
        context=context,
        mean=mean[:size],
        concentration=concentration[:size],
        responses=own[:, 0],
        correct=own[:, 1],
        mastered=_mastered(mean[:size], own[:, 0], policy),
        days=np.where(since < 0, -1, since / 86400).astype(np.float32),
        chance=mean[size:],
        answered=items[:, 0],
        right=items[:, 1],
    )


def _mastered(mean: Floats, responses: Floats, policy: Policy) -> Flags:
    found: Flags = np.greater_equal(mean, policy.mastered) & np.greater_equal(responses, ENOUGH)
    return found


def masteries(*asked: tuple[View, Sequence[int]]) -> list[tuple[Mastery, ...]]:
    """Mastery of the skills at these places of each view; the intervals of all are worked out together."""
    means = np.concatenate([view.mean[list(places)] for view, places in asked])
    concentrations = np.concatenate([view.concentration[list(places)] for view, places in asked])
    low, high = interval(means, concentrations) if len(means) else (means, means)
    bounds = iter(zip(low.tolist(), high.tolist(), strict=True))
    return [tuple(_mastery(view, place, *next(bounds)) for place in places) for view, places in asked]


def class_masteries(
    layout: Layout, own: Own, told: tuple[Floats, Floats], places: Sequence[int], policy: Policy
) -> list[list[Mastery]]:
    """Mastery of the skills at these places for L learners; the model has `told` it for `layout.batch` of each."""
    learners = len(own.vector)
    mean, concentration = (each.reshape(learners, -1)[:, places] for each in told)
    low, high = (end.reshape(mean.shape) for end in interval(mean.ravel(), concentration.ravel()))
    counts = summed(own.skills[:, places])
    mastered = _mastered(mean, counts[..., 0], policy)
    status = np.where(counts[..., 0] == 0, "unknown", np.where(mastered, "mastered", "learning"))
    columns = [each.tolist() for each in (mean, low, high, counts.astype(np.int64), status)]
    skills = [layout.skills[place] for place in places]
    return [
        [
            Mastery(skill=skill, mean=m, low=lo, high=hi, responses=number, correct=correct, status=told)
            for skill, m, lo, hi, (number, correct), told in zip(skills, *row, strict=True)
        ]
        for row in zip(*columns, strict=True)
    ]


def _mastery(view: View, place: int, low: float, high: float) -> Mastery:
    return Mastery(
        skill=view.layout.skills[place],
        mean=float(view.mean[place]),
        low=low,
        high=high,
        responses=int(view.responses[place]),
        correct=int(view.correct[place]),
        status=_status(view, place),
    )


def _status(view: View, place: int) -> str:
    if view.responses[place] == 0:
        return "unknown"
    return "mastered" if view.mastered[place] else "learning"
