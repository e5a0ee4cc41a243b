"""Take responses of one learner in one course into the store, each exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from serving.context import Batch, CourseState, Tally, is_time, outcome, tally
from serving.errors import StoreError
from serving.model import Context, Model, Observed
from serving.schema import COURSE_COUNTS
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
    last: Last | None = None
    """None when all of several were known before."""


def tidy(response: Response) -> Response:
    """The response without repeated skills, and with an unknown time where it is no time."""
    skills = tuple(dict.fromkeys(response.skills))
    return msgspec.structs.replace(response, skills=skills, time=response.time if is_time(response.time) else UNKNOWN)


def load(model: Model, store: Store, course: str, learner: str) -> LearnerState:
    """The learner's state as this model keeps it; an empty one when there is none that it can read."""
    blob = store.load(Address(space(model.name, model.dims), course, learner)).blob
    return (decode(blob, model.dims) if blob is not None else None) or LearnerState.empty(model.dims)


def take_in(
    model: Model, store: Store, responses: Sequence[Response], batches: Sequence[Batch] | None = None
) -> Intake:
    """Observe `responses`, tidy and all of one learner in one course, in their order and in one write.

    The last pair of a response's batch is its item; pairs before it are predicted in the same run, see `Intake.last`.
    When another process writes in between, all is computed anew from what it wrote, so no response is lost.
    Raises StoreError when the store is down, ModelError when the model is; then nothing was taken in.
    """
    at = Address(space(model.name, model.dims), responses[0].course, responses[0].learner)
    batches = batches or [Batch([response.item], [response.skills]) for response in responses]
    laid_out = {response.id: (response, batch) for response, batch in zip(responses, batches, strict=True)}
    pending = [laid_out[id] for id in dict.fromkeys(response.id for response in responses)]
    ask_first = len(pending) > 1
    for attempt in range(TRIES):
        blob, version = store.load(at)
        before = (decode(blob, model.dims) if blob is not None else None) or LearnerState.empty(model.dims)
        if ask_first:
            known = store.applied(at, [response.id for response, _ in pending])
            pending = [each for each in pending if each[0].id not in known]
            if not pending:
                return Intake(before, before, 0)
        intake, added = _follow(model, store, at, before, pending)
        ids = [response.id for response, _ in pending]
        told = store.commit(at, Commit(ids, version, encode(intake.after), added))
        if told is Outcome.APPLIED:
            return intake
        if told is Outcome.DUPLICATE and len(pending) == 1:
            return replace(intake, after=before, new=0)
        ask_first = ask_first or told is Outcome.DUPLICATE
        time.sleep(random.random() * min(LONGEST_PAUSE, 0.0005 * 2 ** min(attempt, 10)))
    raise StoreError(f"{TRIES} tries to write one learner's state met another writer each time; try again later")


def _follow(
    model: Model, store: Store, at: Address, before: LearnerState, pending: Sequence[tuple[Response, Batch]]
) -> tuple[Intake, dict[str, Tally]]:
    """The state after the responses, and what they add to the course's counts."""
    keys = list(dict.fromkeys(key for _, batch in pending for key in batch.keys))
    place = {key: row for row, key in enumerate(keys)}
    counts = store.counts(at.space, at.course, keys)
    added = np.zeros((len(keys), COURSE_COUNTS), np.int64)
    state, last = before, None
    for response, batch in pending:
        its = [place[key] for key in batch.keys]
        course = CourseState((counts[its] + added[its]).astype(np.float32), batch.vector(model.vectors, at.course))
        own = batch.own(state)
        context = batch.context(own, course, response.time)
        told = outcome(response).repeat(len(batch), axis=0)
        last = Last(context, model.observe(context, told))
        state = state.after(response, Observed(*(array[-1:] for array in last.observed)))
        added[its] += tally(response, own.added)
    columns = zip(keys, added.tolist(), strict=True)
    return Intake(before, state, len(pending), last), {key: (a, b, c, d, e) for key, (a, b, c, d, e) in columns}
