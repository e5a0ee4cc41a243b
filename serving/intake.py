"""Take responses of one learner in one course into the store, each exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from serving.context import Batch, deltas, is_time, outcome
from serving.errors import StoreError
from serving.model import Floats, Model
from serving.state import LearnerState, decode, encode, space
from serving.stores.base import Address, Commit, Outcome, Store
from serving.types import UNKNOWN, Response

TRIES = 200
LONGEST_PAUSE = 0.02

Counts = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Intake:
    """What became of the responses."""

    before: LearnerState
    after: LearnerState
    counts: Counts
    """The course's counts before, by key."""
    new: int
    """How many of them had not been taken in before."""


def tidy(response: Response) -> Response:
    """The response without repeated skills, and with an unknown time where it is no time."""
    skills = tuple(dict.fromkeys(response.skills))
    return msgspec.structs.replace(response, skills=skills, time=response.time if is_time(response.time) else UNKNOWN)


def load(model: Model, store: Store, course: str, learner: str) -> LearnerState:
    """The learner's state as this model keeps it; an empty one when there is none that it can read."""
    blob = store.load(Address(space(model.name, model.dims), course, learner)).blob
    return (decode(blob, model.dims) if blob is not None else None) or LearnerState.empty(model.dims)


def take_in(model: Model, store: Store, responses: Sequence[Response]) -> Intake:
    """Observe `responses`, tidy and all of one learner in one course, in their order and in one write.

    When another process writes in between, all is computed anew from what it wrote, so no response is lost.
    Raises StoreError when the store is down, ModelError when the model is; then nothing was taken in.
    """
    at = Address(space(model.name, model.dims), responses[0].course, responses[0].learner)
    pending = list({response.id: response for response in reversed(responses)}.values())[::-1]
    ask_first = len(pending) > 1
    for attempt in range(TRIES):
        blob, version = store.load(at)
        before = (decode(blob, model.dims) if blob is not None else None) or LearnerState.empty(model.dims)
        if ask_first:
            known = store.applied(at, [response.id for response in pending])
            pending = [response for response in pending if response.id not in known]
            if not pending:
                return Intake(before, before, {}, 0)
        intake, added = _follow(model, before, pending, _counts(store, at, responses))
        ids = [response.id for response in pending]
        told = store.commit(at, Commit(ids, version, encode(intake.after), added))
        if told is Outcome.APPLIED:
            return intake
        if told is Outcome.DUPLICATE and len(pending) == 1:
            return Intake(before, before, intake.counts, 0)
        ask_first = ask_first or told is Outcome.DUPLICATE
        time.sleep(random.random() * min(LONGEST_PAUSE, 0.0005 * 2 ** min(attempt, 10)))
    raise StoreError(f"{TRIES} tries to write one learner's state met another writer each time; try again later")


def _counts(store: Store, at: Address, responses: Sequence[Response]) -> Counts:
    keys = list(dict.fromkeys(key for response in responses for key in deltas(response)))
    rows = store.counts(at.space, at.course, keys).tolist()
    return {key: (number, correct) for key, (number, correct) in zip(keys, rows, strict=True)}


def _follow(
    model: Model, before: LearnerState, responses: Sequence[Response], counts: Counts
) -> tuple[Intake, dict[str, tuple[int, int]]]:
    state, current = before, dict(counts)
    added: dict[str, tuple[int, int]] = {}
    for response in responses:
        batch = Batch([response.item], [response.skills])
        context = batch.context(state, array(current, batch), response.time)
        state = state.after(response, model.observe(context, outcome(response)))
        for key, (number, correct) in deltas(response).items():
            current[key] = (current[key][0] + number, current[key][1] + correct)
            sofar = added.get(key, (0, 0))
            added[key] = (sofar[0] + number, sofar[1] + correct)
    return Intake(before, state, counts, len(responses)), added


def array(counts: Counts, batch: Batch) -> Floats:
    """Counts by key as the batch wants them, [len(batch.keys), 2]."""
    return np.array([counts.get(key, (0, 0)) for key in batch.keys], np.float32)
