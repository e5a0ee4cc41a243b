"""Take responses of one learner in one course into the store, each exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from serving.context import Batch, CourseState, Tally, is_time, outcome, tally
from serving.errors import StoreError
from serving.model import Context, Floats, Model, Observed
from serving.state import LearnerState, decode, encode, space
from serving.stores.base import Address, Commit, Outcome, Store
from serving.types import UNKNOWN, Response

TRIES = 200
LONGEST_PAUSE = 0.02


@dataclass(frozen=True)
class Last:
    """The response looked at last: what the model was given, and what it answered, for each pair of its batch."""

    context: Context
    observed: Observed


@dataclass(frozen=True)
class Intake:
    """What became of the responses."""

    before: LearnerState
    after: LearnerState
    new: int
    """How many of them had not been taken in before."""
    counts: Floats
    """The course's counts that were asked for, with the responses."""
    last: Last | None = None
    """None when all of several were known before."""


def tidy(response: Response) -> Response:
    """The response without repeated skills, and with an unknown time where it is no time."""
    skills = tuple(dict.fromkeys(response.skills))
    return msgspec.structs.replace(response, skills=skills, time=response.time if is_time(response.time) else UNKNOWN)


def load(model: Model, store: Store, course: str, learner: str, batch: Batch) -> tuple[LearnerState, CourseState]:
    """The learner's state as this model keeps it, empty when there is none that it can read; and the course's."""
    blob, _, counts = store.load(Address(space(model.name, model.dims), course, learner), batch.keys)
    return state_of(model, blob), CourseState(counts, batch.vector(model.vectors, course))


def state_of(model: Model, blob: bytes | None) -> LearnerState:
    """The state as this model keeps it, empty when there is none that it can read."""
    return (decode(blob, model.dims) if blob is not None else None) or LearnerState.empty(model.dims)


def take_in(
    model: Model,
    store: Store,
    responses: Sequence[Response],
    batches: Sequence[Batch] | None = None,
    *,
    also: Sequence[str] = (),
) -> Intake:
    """Observe `responses`, tidy and all of one learner in one course, in their order and in one write.

    The last pair of a response's batch is its item; pairs before it are predicted in the same run, see `Intake.last`.
    `also` are keys of further counts of the course that the caller will want, see `Intake.counts`.
    When another process writes in between, all is computed anew from what it wrote, so no response is lost.
    Raises StoreError when the store is down, ModelError when the model is; then nothing was taken in.
    """
    at = Address(space(model.name, model.dims), responses[0].course, responses[0].learner)
    batches = batches or [Batch([response.item], [response.skills]) for response in responses]
    laid_out = {response.id: (response, batch) for response, batch in zip(responses, batches, strict=True)}
    pending = [laid_out[id] for id in dict.fromkeys(response.id for response in responses)]
    keys = list(dict.fromkeys([*also, *(key for _, batch in pending for key in batch.keys)]))
    ask_first = len(pending) > 1
    for attempt in range(TRIES):
        blob, version, known = store.load(at, keys)
        before, counts = state_of(model, blob), Counts(keys, known)
        if ask_first:
            applied = store.applied(at, [response.id for response, _ in pending])
            pending = [each for each in pending if each[0].id not in applied]
            if not pending:
                return Intake(before, before, 0, counts.of(also))
        after, last = _follow(model, at.course, before, pending, counts)
        ids = [response.id for response, _ in pending]
        told = store.commit(at, Commit(ids, version, encode(after), counts.added))
        if told is Outcome.APPLIED:
            return Intake(before, after, len(pending), counts.of(also), last)
        if told is Outcome.DUPLICATE and len(pending) == 1:
            return Intake(before, before, 0, Counts(keys, known).of(also), last)
        ask_first = ask_first or told is Outcome.DUPLICATE
        give_way(attempt)
    raise crowded()


def give_way(attempt: int) -> None:
    """Pause after a conflict, so that those who write the same state do not meet again."""
    time.sleep(random.random() * min(LONGEST_PAUSE, 0.0005 * 2 ** min(attempt, 10)))


def crowded() -> StoreError:
    """What is raised when all tries were in vain."""
    return StoreError(f"{TRIES} tries to write one learner's state met another writer each time; try again later")


def _follow(
    model: Model, course: str, state: LearnerState, pending: Sequence[tuple[Response, Batch]], counts: Counts
) -> tuple[LearnerState, Last]:
    """The state after the responses, which `counts` has then, too."""
    for response, batch in pending:
        its = CourseState(counts.of(batch.keys), batch.vector(model.vectors, course))
        own = batch.own(state)
        context = batch.context(own, its, response.time)
        last = Last(context, model.observe(context, outcome(response).repeat(len(batch), axis=0)))
        state = state.after(response, Observed(*(array[-1:] for array in last.observed)))
        counts.add(batch.keys, tally(response, own.added))
    return state, last


class Counts:
    """A course's counts as they were read, and what has been added to them since."""

    def __init__(self, keys: Sequence[str], known: Floats) -> None:
        self._place = {key: row for row, key in enumerate(keys)}
        self._known = known
        self._added: dict[str, NDArray[np.int64]] = {}

    def of(self, keys: Sequence[str]) -> Floats:
        """By key, which may be there more than once, with what was added: [len(keys), 5]."""
        place, added = self._place, self._added
        counts = self._known.take([place[key] for key in keys], axis=0) if keys else self._known[:0]
        for row, key in enumerate(keys) if added else ():
            if key in added:
                counts[row] += added[key]
        return counts

    def add(self, keys: Sequence[str], tallies: NDArray[np.int64]) -> None:
        """Add a row to each of the keys."""
        for key, row in zip(keys, tallies, strict=True):
            self._added[key] = self._added[key] + row if key in self._added else row

    @property
    def added(self) -> dict[str, Tally]:
        """What was added to each key."""
        return {key: tuple(row.tolist()) for key, row in self._added.items()}
