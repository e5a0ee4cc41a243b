"""Take responses of many learners in, without feedback: an import, a replay, what came while nobody looked.

The learners of a course are looked at side by side: the first response of each in one run of the graph, then the second
of each, and one write for each learner at the end. The order of a learner's own responses stays; that of different
learners among each other is any, as when several processes take them in. Who meets another writer, or has a response
that was known before, is left to be taken in alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from serving.context import Batch, CourseState, outcome, rows, tally, times
from serving.errors import ModelError
from serving.intake import Counts, state_of
from serving.model import Model, Observed
from serving.state import LearnerState, States, encode, space
from serving.stores.base import Address, Commit, Outcome, Store
from serving.types import Response

LEARNERS: Final = 64
"""Looked at side by side: each is laid out with the items of all, so with more the arrays outgrow the cache."""
RESPONSES: Final = 200
"""Of one learner in one write."""


def runs_of(responses: Sequence[Response]) -> list[list[list[Response]]]:
    """What can be taken in side by side, one after another: runs of different learners in one course, each in order.

    What is there more than once comes once.
    """
    of: dict[str, dict[str, dict[str, Response]]] = {}
    for each in responses:
        of.setdefault(each.course, {}).setdefault(each.learner, {}).setdefault(each.id, each)
    found = []
    for learners in of.values():
        whole = [list(run.values()) for run in learners.values()]
        for start in range(0, max(map(len, whole)), RESPONSES):
            runs = [part for run in whole if (part := run[start : start + RESPONSES])]
            found += [runs[at : at + LEARNERS] for at in range(0, len(runs), LEARNERS)]
    return found


def take_in_together(model: Model, store: Store, runs: Sequence[Sequence[Response]]) -> list[int | None]:
    """How many of each learner's responses were new; None for who is to be taken in alone, of whom nothing was written.

    Raises StoreError when the store is down.
    """
    if len(runs) == 1:
        return [None]
    try:
        return _take_in(model, store, runs)
    except ModelError:  # whose response it is, each will find alone
        return [None] * len(runs)


def _take_in(model: Model, store: Store, runs: Sequence[Sequence[Response]]) -> list[int | None]:
    where, course, learners = space(model.name, model.dims), runs[0][0].course, [run[0].learner for run in runs]
    pending = [_new(store, Address(where, course, learner), run) for learner, run in zip(learners, runs, strict=True)]
    rounds = [_Round(pending, number) for number in range(max(map(len, pending)))]
    keys = list(dict.fromkeys(key for each in rounds for key in each.batch.keys))
    blobs, versions, known = store.load_many(where, course, learners, keys)
    states, counts = [state_of(model, blob) for blob in blobs], Counts(keys, known)
    own = [Counts((), known[:0]) for _ in learners]
    for each in rounds:
        each.follow(model, course, states, counts, own)
    writes = [
        (learner, Commit([each.id for each in run], version, encode(state), its.added))
        for learner, run, version, state, its in zip(learners, pending, versions, states, own, strict=True)
        if run
    ]
    told = iter(store.commit_many(where, course, writes))
    return [(len(run) if next(told) is Outcome.APPLIED else None) if run else 0 for run in pending]


def _new(store: Store, at: Address, run: Sequence[Response]) -> list[Response]:
    """Without what is known; a single response is tried, since it is mostly new."""
    applied = store.applied(at, [each.id for each in run]) if len(run) > 1 else set()
    return [each for each in run if each.id not in applied]


class _Round:
    """One response of each learner who has that many."""

    def __init__(self, pending: Sequence[Sequence[Response]], number: int) -> None:
        self._of = [at for at, run in enumerate(pending) if number < len(run)]
        self._responses = [pending[at][number] for at in self._of]
        self.batch = Batch([each.item for each in self._responses], [each.skills for each in self._responses])

    def follow(
        self, model: Model, course: str, states: list[LearnerState], counts: Counts, added: Sequence[Counts]
    ) -> None:
        """Put the states after it in their places, and what it adds to the course's counts into both."""
        batch, size = self.batch, len(self._of)
        own = batch.own(States.of([states[at] for at in self._of]))
        its = CourseState(counts.of(batch.keys), batch.vector(model.vectors, course))
        # Each learner with the items of all was laid out; of it each one's own is looked at.
        context = rows(batch.context(own, its, times(self._responses)), np.arange(size) * (size + 1))
        observed = model.observe(context, np.concatenate([outcome(each) for each in self._responses]))
        for place, (at, response) in enumerate(zip(self._of, self._responses, strict=True)):
            states[at] = states[at].after(response, Observed(*(array[place : place + 1] for array in observed)))
            which = batch.places(place, response.skills)
            keys, told = [batch.keys[key] for key in which], tally(response, own.added[place, which])
            counts.add(keys, told)
            added[at].add(keys, told)
