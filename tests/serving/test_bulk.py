"""Taking the responses of many learners in at once: the same as one by one, whatever comes in between."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest

from serving import bundle
from serving.bulk import LEARNERS, RESPONSES, runs_of
from serving.engine import Engine
from serving.errors import ModelError, StoreError
from serving.model import Context, Model
from serving.prior import PriorModel
from serving.state import decode, space
from serving.stores import Address, Commit, Outcome, Store
from serving.stores.memory import MemoryStore
from serving.types import Response
from tests.serving.test_together import MAP, SKILLS, played

KEYS = ["t", *(f"s:{skill}" for skill in SKILLS), *(f"i:{each.item}" for each in MAP.candidates), "i:elsewhere"]


@pytest.fixture(params=["shipped", "prior"])
def model(request: pytest.FixtureRequest) -> Model:
    return PriorModel() if request.param == "prior" else bundle.shipped().model


def everybody(seed: int, learners: int = 7, rounds: int = 5) -> list[list[Response]]:
    """In each round everybody answers."""
    whole = [each for now in played(seed, learners, 40) for each in now]
    of = {f"l{n}": [each for each in whole if each.learner == f"l{n}"][:rounds] for n in range(learners)}
    return [[run[number] for run in of.values()] for number in range(rounds)]


def counts(store: Store, model: Model) -> list[list[float]]:
    found: list[list[float]] = store.load(Address(space(model.name, model.dims), "c", "-"), KEYS).counts.tolist()
    return found


def known(store: Store, model: Model, responses: Sequence[Response]) -> set[str]:
    where = space(model.name, model.dims)
    return {each.id for each in responses if store.applied(Address(where, each.course, each.learner), [each.id])}


def same_state(one: Store, other: Store, model: Model, learner: str) -> None:
    at = Address(space(model.name, model.dims), "c", learner)
    ours, theirs = (decode(store.load(at).blob or b"", model.dims) for store in (one, other))
    assert ours is not None and theirs is not None
    assert (ours.last, ours.last_item, ours.last_skills, ours.last_correct) == (
        theirs.last, theirs.last_item, theirs.last_skills, theirs.last_correct,
    )  # fmt: skip
    np.testing.assert_allclose(ours.vector, theirs.vector, atol=2e-5)
    for mine, its in ((ours.skills, theirs.skills), (ours.items, theirs.items)):
        assert mine.codes.tolist() == its.codes.tolist() and mine.last.tolist() == its.last.tolist()
        np.testing.assert_allclose(mine.vectors, its.vectors, atol=2e-5)


@pytest.mark.parametrize("seed", range(4))
def test_a_round_leaves_each_as_if_nobody_else_had_answered_in_it(model: Model, seed: int) -> None:
    store = MemoryStore()
    engine = Engine(model, store)
    for now in everybody(seed):
        before = copied(store)
        assert engine.observe_many(now) == len(now)
        for each in now:
            alone = copied(before)
            Engine(model, alone).observe(each)
            same_state(store, alone, model, each.learner)


@pytest.mark.parametrize("seed", range(4))
def test_all_rounds_at_once_are_one_after_the_other(opener: Callable[[], Store], model: Model, seed: int) -> None:
    rounds, slowly = everybody(seed), MemoryStore()
    for now in rounds:
        Engine(model, slowly).observe_many(now)
    at_once = opener()
    whole = [each for run in zip(*rounds, strict=True) for each in run]
    assert Engine(model, at_once).observe_many(whole) == len(whole)
    for each in rounds[0]:
        same_state(at_once, slowly, model, each.learner)
    assert counts(at_once, model) == counts(slowly, model)
    assert known(at_once, model, whole) == {each.id for each in whole}


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_again_counts_once_and_what_is_counted_is_what_one_by_one_counts(
    opener: Callable[[], Store], model: Model, seed: int
) -> None:
    draw = random.Random(seed)
    whole = [each for now in played(seed, 9, 8) for each in now]
    whole += [msgspec.structs.replace(each, course="other") for each in draw.sample(whole, 5)]
    store, alone = opener(), Engine(model, MemoryStore())
    for each in whole:
        alone.observe(each)
    engine, new = Engine(model, store), 0
    for end in sorted(draw.sample(range(len(whole)), 6)):
        new += engine.observe_many(whole[:end] + draw.sample(whole[:end], end // 2))
    new += engine.observe_many([*whole, *whole])
    assert new == len(whole)
    assert engine.observe_many(whole) == 0
    assert counts(store, model) == counts(alone.store, model)
    assert known(store, model, whole) == {each.id for each in whole}


def test_runs_are_of_different_learners_of_one_course_and_keep_each_ones_order() -> None:
    draw = random.Random(1)
    whole = [
        Response(id=f"{n}", course=draw.choice("ab"), learner=f"{draw.randrange(200)}", item="i", correct=True)
        for n in range(3000)
    ] + [Response(id=f"m{n}", course="a", learner="many", item="i", correct=True) for n in range(2 * RESPONSES + 1)]
    found = runs_of(whole)
    came: dict[tuple[str, str], list[str]] = {}
    for runs in found:
        assert len(runs) <= LEARNERS and len({run[0].course for run in runs}) == 1
        assert len({run[0].learner for run in runs}) == len(runs)
        for run in runs:
            assert len(run) <= RESPONSES and len({each.learner for each in run}) == 1
            came.setdefault((run[0].course, run[0].learner), []).extend(each.id for each in run)
    for (course, learner), ids in came.items():
        assert ids == [each.id for each in whole if (each.course, each.learner) == (course, learner)]
    assert sum(map(len, came.values())) == len(whole)
    assert runs_of([]) == []


def test_a_state_that_somebody_else_wrote_meanwhile_is_read_again() -> None:
    class Met(MemoryStore):
        """Another process writes for the first learner between reading and writing, once."""

        met = False

        def commit_many(self, space: str, course: str, writes: Sequence[tuple[str, Commit]]) -> list[Outcome]:
            if not self.met:
                self.met = True
                Engine(PriorModel(), self).observe(msgspec.structs.replace(now[0], id="between"))
            return super().commit_many(space, course, writes)

    now = everybody(5)[0]
    engine = Engine(PriorModel(), Met())
    assert engine.observe_many(now) == len(now)
    every = [*now, msgspec.structs.replace(now[0], id="between")]
    assert known(engine.store, PriorModel(), every) == {each.id for each in every}
    assert counts(engine.store, PriorModel())[0][0] + counts(engine.store, PriorModel())[0][2] == len(every)


def test_a_response_that_the_model_cannot_take_stops_nobody_before_it() -> None:
    class Picky(PriorModel):
        def observe(self, context: Context, outcome: object) -> object:
            if (context.item[:, 0] > 0).any():
                raise ModelError("seen before")
            return super().observe(context, outcome)  # type: ignore[arg-type]

    first, second, third = everybody(8)[0][:3]
    engine = Engine(Picky(), MemoryStore())
    engine.observe(second)
    again = msgspec.structs.replace(second, id="again")
    with pytest.raises(ModelError):
        engine.observe_many([first, again, third])
    assert known(engine.store, Picky(), [first, again]) == {first.id}
    assert engine.observe_many([third]) == 1


def test_a_store_that_is_away_is_told_and_takes_nothing() -> None:
    class Away(MemoryStore):
        def commit_many(self, *args: object) -> list[Outcome]:
            raise StoreError("away")

    now = everybody(2)[0]
    engine = Engine(PriorModel(), Away())
    with pytest.raises(StoreError):
        engine.observe_many(now)
    assert known(engine.store, PriorModel(), now) == set()


def copied(store: MemoryStore) -> MemoryStore:
    """The same states, ids and counts, in a store of its own."""
    other = MemoryStore()
    for name in ("_states", "_applied", "_counts"):
        setattr(other, name, copy.deepcopy(getattr(store, name)))
    return other
