"""A learner in a course at one moment, as arrays: what choosing, planning and reporting mastery look at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.beta import interval
from serving.context import Batch, CourseState, Own, rows
from serving.model import Context, Floats, Model, summed
from serving.state import LearnerState
from serving.types import CourseMap, Mastery, Policy

ENOUGH = 3
"""Responses without which no skill counts as mastered: mastery never hinges on a single answer."""

GRAIN = 0.05
"""Differences of the chance of success below which course order decides."""

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
        self.padded = np.where(self.mask, self.index, fresh)
        """As `index`; where a candidate has no more skills, one more than there are."""
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
        found: Flags = np.any(np.append(skills, False)[self.padded], axis=1)
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
    open: Flags
    """Candidates that were not yet answered correctly, and the one that was wrong just now, [C]."""
    ready: Flags
    """Candidates all of whose skills have their prerequisites mastered, or nothing left to do before them, [C]."""
    distance: Floats
    """How far the chance of success is from what the policy aims at, in steps too small to matter, [C]."""


def look(model: Model, layout: Layout, state: LearnerState, course: CourseState, *, now: float, policy: Policy) -> View:
    """What the model says of this learner now, for the course's skills and candidates. Raises ModelError."""
    context = layout.batch.context(layout.batch.own(state), course, now)
    return views(layout, [state], context, predicted(model, layout, context), [policy])[0]


def predicted(model: Model, layout: Layout, context: Context) -> tuple[Floats, Floats]:
    """Probability and concentration for the layout's batch, of one learner or of several; empty for an empty one."""
    nothing = np.zeros(0, np.float32)
    return model.predict(context) if len(layout.batch) else (nothing, nothing)


def views(
    layout: Layout,
    states: Sequence[LearnerState],
    context: Context,
    told: tuple[Floats, Floats],
    policies: Sequence[Policy],
) -> list[View]:
    """The views of L learners when the model has `told` probability and concentration for `layout.batch` of each."""
    size, width = len(layout.skills), len(layout.batch)
    mean, concentration = (each.reshape(len(states), width) for each in told)
    own = summed(context.skills[:, 0]).reshape(len(states), width, 2)[:, :size]
    since = context.skill_elapsed[:, 0].reshape(len(states), width)[:, :size]
    items = summed(context.item).reshape(len(states), width, 2)[:, size:]
    days = np.where(since < 0, -1, since / 86400).astype(np.float32)
    wanted = np.array([(each.mastered, each.target) for each in policies], np.float32)
    mastered = mastery_flags(mean[:, :size], own[..., 0], wanted[:, :1])
    open_ = _open(layout, states, items[..., 1])
    ready = _ready(layout, mastered, open_)
    distance = np.round(np.abs(mean[:, size:] - wanted[:, 1:]) / GRAIN)
    return [
        View(
            layout=layout,
            state=state,
            context=rows(context, slice(at * width, (at + 1) * width)),
            mean=mean[at, :size],
            concentration=concentration[at, :size],
            responses=own[at, :, 0],
            correct=own[at, :, 1],
            mastered=mastered[at],
            days=days[at],
            chance=mean[at, size:],
            answered=items[at, :, 0],
            right=items[at, :, 1],
            open=open_[at],
            ready=ready[at],
            distance=distance[at],
        )
        for at, state in enumerate(states)
    ]


def _open(layout: Layout, states: Sequence[LearnerState], right: Floats) -> Flags:
    """See `View.open`, [L, C]."""
    found: Flags = right == 0
    for row, state in enumerate(states):
        at = None if state.last_correct else layout.candidate(state.last_item)
        if at is not None:
            found[row, at] = True
    return found


def _ready(layout: Layout, mastered: Flags, open_: Flags) -> Flags:
    """See `View.ready`, [L, C]."""
    if not len(layout.before_pairs):
        return np.ones_like(open_)
    # Skills without number stand in the last column: ready, and whether anything is left to do there is not asked.
    ready = np.ones((len(mastered), len(layout.skills) + 1), np.bool_)
    to_do = np.zeros_like(ready)
    learner, candidate = open_.nonzero()
    to_do[learner[:, None], layout.padded[candidate]] = True
    skill, earlier = layout.before_pairs.T
    held_up = (~mastered & to_do[:, :-1])[:, earlier]
    learner, pair = held_up.nonzero()
    ready[learner, skill[pair]] = False
    found: Flags = np.all(ready[:, layout.padded], axis=2)
    return found


def mastery_flags(mean: Floats, responses: Floats, threshold: Floats | float) -> Flags:
    """Where a skill counts as mastered."""
    found: Flags = (mean >= threshold) & (responses >= ENOUGH)
    return found


class Standing(NamedTuple):
    """How N skills stand, of one learner or of many: what their `Mastery` is made of."""

    skills: Sequence[str]
    mean: Floats
    concentration: Floats
    counts: Floats
    """Responses and right ones, [N, 2]."""
    mastered: Flags


def standing(view: View, places: Sequence[int]) -> Standing:
    """Of the skills at these places."""
    at = list(places)
    counts = np.array([view.responses[at], view.correct[at]]).T
    names = [view.layout.skills[place] for place in at]
    return Standing(names, view.mean[at], view.concentration[at], counts, view.mastered[at])


def masteries(standings: Sequence[Standing]) -> list[tuple[Mastery, ...]]:
    """The masteries of each; the intervals of all are worked out together."""
    mean, concentration, counts, mastered = (
        np.concatenate(columns) for columns in zip(*(each[1:] for each in standings), strict=True)
    )
    low, high = interval(mean, concentration) if len(mean) else (mean, mean)
    columns = [each.tolist() for each in (mean, low, high, counts.astype(np.int64), mastered)]
    names = [skill for each in standings for skill in each.skills]
    told = [
        Mastery(skill=skill, mean=m, low=lo, high=hi, responses=n, correct=c, status=_status(n, flag))
        for skill, m, lo, hi, (n, c), flag in zip(names, *columns, strict=True)
    ]
    ends = np.cumsum([len(each.skills) for each in standings]).tolist()
    return [tuple(told[end - len(each.skills) : end]) for each, end in zip(standings, ends, strict=True)]


def class_standings(
    layout: Layout, own: Own, told: tuple[Floats, Floats], places: Sequence[int], policy: Policy
) -> list[Standing]:
    """Of the skills at these places for L learners; the model has `told` it for `layout.batch` of each."""
    mean, concentration = (each.reshape(len(own.vector), -1)[:, places] for each in told)
    counts = summed(own.skills[:, places])
    mastered = mastery_flags(mean, counts[..., 0], policy.mastered)
    skills = [layout.skills[place] for place in places]
    return [Standing(skills, *each) for each in zip(mean, concentration, counts, mastered, strict=True)]


def _status(responses: int, mastered: bool) -> str:
    if responses == 0:
        return "unknown"
    return "mastered" if mastered else "learning"
