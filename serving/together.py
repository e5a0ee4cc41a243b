"""Answer several learners of a course at once: what a class asks in one moment shares the arrays and the graphs' runs.

The same as one after the other, but that none of them counts for the others yet, as when two processes answer them.
What is not plain (a response that was known before, a state that somebody else wrote meanwhile, a store or a model
that fails) is left to be answered alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from serving.context import Batch, CourseState, outcome, rows, tally, times
from serving.feedback import feedback, next_of
from serving.intake import state_of, tidy
from serving.model import Context, Floats, Model, Observed, summed
from serving.state import LearnerState, States, encode, space
from serving.stores.base import Commit, Outcome, Store
from serving.types import CourseMap, Feedback, Policy, Response
from serving.view import Layout, Layouts, Standing, masteries, mastery_flags, predicted, standing, views

Watch = Callable[[Response, float], None]
"""Told of a response, and the chance of success that was predicted."""
MOST_PAIRS: Final = 4000
"""Learners times a layout's pairs: beyond, arrays outgrow the cache and sharing gains nothing."""


class Asked(NamedTuple):
    """The arguments of `Tutor.observe`."""

    response: Response
    course_map: CourseMap | None = None
    policy: Policy | None = None


class Place(NamedTuple):
    """Where one was asked, and what, tidy."""

    at: int
    response: Response
    policy: Policy


def side_by_side(asked: Sequence[Asked], layouts: Layouts) -> Iterator[tuple[Layout, list[Place]]]:
    """Those that can be answered together: two learners or more of one course, with one course map.

    Of a learner who is there more than once only the first: the others follow alone.
    """
    groups: dict[tuple[str, int], tuple[Layout, dict[str, Place]]] = {}
    for at, (response, course_map, policy) in enumerate(asked):
        if course_map is None:
            continue
        layout = layouts.of(course_map)
        if all(skill in layout.place for skill in response.skills):
            _, group = groups.setdefault((response.course, id(layout)), (layout, {}))
            group.setdefault(response.learner, Place(at, tidy(response), policy or Policy()))
    for layout, group in groups.values():
        places = list(group.values())
        several = max(2, MOST_PAIRS // max(1, len(layout.batch)))
        for start in range(0, len(places), several):
            if len(some := places[start : start + several]) > 1:
                yield layout, some


def together(model: Model, store: Store, layout: Layout, group: Sequence[Place], watch: Watch) -> dict[int, Feedback]:
    """Feedback by `Place.at`; who is left out is to be answered alone."""
    try:
        taken = _take_in(model, store, layout, group)
        for each in taken:
            watch(each.place.response, each.expected)
        return dict(_feedback(model, layout, taken))
    except Exception:  # whose fault it is, each will find alone
        return {}


class _Taken(NamedTuple):
    """A response that was taken in."""

    place: Place
    expected: float
    """The chance of success that was predicted."""
    earlier: Standing
    """How its skills stood before it."""
    after: LearnerState
    counts: Floats
    """The course's, by the layout's keys, with the response."""


def _take_in(model: Model, store: Store, layout: Layout, group: Sequence[Place]) -> list[_Taken]:
    responses = [place.response for place in group]
    course, where, asked = responses[0].course, space(model.name, model.dims), _Pairs(responses)
    row = {key: row for row, key in enumerate(dict.fromkeys([*layout.batch.keys, *asked.batch.keys]))}
    blobs, versions, known = store.load_many(where, course, [each.learner for each in responses], list(row))
    before = [state_of(model, blob) for blob in blobs]

    # The arrays are of each learner with each pair, many too many, and still less work than one learner's at a time.
    own = asked.batch.own(States.of(before))
    asked_rows = np.array([row[key] for key in asked.batch.keys])
    its = CourseState(known[asked_rows], asked.batch.vector(model.vectors, course))
    context = rows(asked.batch.context(own, its, times(responses)), asked.rows)
    observed = model.observe(context, np.concatenate([outcome(r).repeat(len(r.skills) + 1, axis=0) for r in responses]))

    taken, writes = [], []
    layout_rows = [row[key] for key in layout.batch.keys]
    for at, (place, end) in enumerate(zip(group, asked.ends, strict=True)):
        after = before[at].after(place.response, Observed(*(array[end - 1 : end] for array in observed)))
        keys, counts = asked.batch.places(at, place.response.skills), known.copy()
        added = tally(place.response, own.added[at, keys])
        counts[asked_rows[keys]] += added
        named = dict(zip((asked.batch.keys[key] for key in keys), map(tuple, added.tolist()), strict=True))
        writes.append((place.response.learner, Commit([place.response.id], versions[at], encode(after), named)))
        earlier = asked.standing(at, context, observed, place.policy)
        taken.append(_Taken(place, float(observed.probability[end - 1]), earlier, after, counts[layout_rows]))
    outcomes = store.commit_many(where, course, writes)
    return [each for each, told in zip(taken, outcomes, strict=True) if told is Outcome.APPLIED]


def _feedback(model: Model, layout: Layout, taken: Sequence[_Taken]) -> Iterator[tuple[int, Feedback]]:
    if not taken:
        return
    responses, states = [each.place.response for each in taken], [each.after for each in taken]
    vector = layout.batch.vector(model.vectors, responses[0].course)
    course = CourseState(np.stack([each.counts for each in taken]), vector)
    context = layout.batch.context(layout.batch.own(States.of(states)), course, times(responses))
    told = predicted(model, layout, context)
    seen = views(layout, states, context, told, [each.place.policy for each in taken])
    later = [standing(view, [layout.place[s] for s in r.skills]) for view, r in zip(seen, responses, strict=True)]
    known = masteries([*(each.earlier for each in taken), *later])
    for number, (each, view) in enumerate(zip(taken, seen, strict=True)):
        then = next_of(model, view, each.place.policy)
        before, after = known[number], known[len(taken) + number]
        yield each.place.at, feedback(each.place.response, each.expected, before, after, then)


class _Pairs:
    """The skills, as of fresh items, and the item of each response: pairs of one batch, response by response."""

    def __init__(self, responses: Sequence[Response]) -> None:
        self._responses = responses
        self.batch = Batch(
            [each for r in responses for each in (*[None] * len(r.skills), r.item)],
            [each for r in responses for each in (*((skill,) for skill in r.skills), r.skills)],
        )
        sizes = np.array([len(r.skills) + 1 for r in responses])
        self.ends: list[int] = sizes.cumsum().tolist()
        """Where the pairs of a response end, its item last."""
        self.rows = np.arange(len(self.batch)) + len(self.batch) * np.arange(len(responses)).repeat(sizes)
        """Each learner's own pairs, where there are all pairs of each."""

    def standing(self, at: int, context: Context, observed: Observed, policy: Policy) -> Standing:
        """How the response's skills stood before it."""
        skills = self._responses[at].skills
        where = slice(self.ends[at] - 1 - len(skills), self.ends[at] - 1)
        mean, counts = observed.probability[where], summed(context.skills[where, 0])
        flags = mastery_flags(mean, counts[:, 0], policy.mastered)
        return Standing(skills, mean, observed.concentration[where], counts, flags)
