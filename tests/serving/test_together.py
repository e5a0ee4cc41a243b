"""Answering several learners at once: the same as one by one, whatever they are."""

import random
from collections.abc import Callable

import msgspec
import pytest

from serving import bundle
from serving.engine import Asked, Engine
from serving.errors import ModelError, StoreError
from serving.model import Context, Model
from serving.prior import PriorModel
from serving.state import space
from serving.stores import Address, Commit, Outcome, Store
from serving.stores.memory import MemoryStore
from serving.types import Candidate, CourseMap, Feedback, Policy, Response
from tests.serving.words import NOW

SKILLS = ("a", "b", "c", "d")
MAP = CourseMap(
    candidates=tuple(
        Candidate(item=f"i{n}", skills=(SKILLS[n % 4],) if n % 5 else SKILLS[n % 2 : n % 3 + n % 2]) for n in range(24)
    ),
    prerequisites={"b": ("a",), "c": ("a", "b"), "d": ("never",)},
    readable=("a", "c"),
)


@pytest.fixture(params=["shipped", "prior"])
def model(request: pytest.FixtureRequest) -> Model:
    return PriorModel() if request.param == "prior" else bundle.shipped().model


def played(seed: int, learners: int = 7, rounds: int = 8) -> list[list[Response]]:
    """In each round some of the learners answer, one response each."""
    draw, found = random.Random(seed), []
    for number in range(rounds):
        who = draw.sample(range(learners), draw.randint(2, learners))
        found.append([])
        for learner in who:
            candidate = draw.choice([*MAP.candidates[:12], Candidate(item="elsewhere", skills=("a", "d"))])
            found[-1].append(
                Response(
                    id=f"{number}-{learner}",
                    course="c",
                    learner=f"l{learner}",
                    item=candidate.item,
                    skills=candidate.skills * draw.randint(1, 2),
                    correct=draw.random() < 0.6,
                    score=0.5,
                    seconds=draw.choice([-1.0, 12.0]),
                    hints=draw.randint(0, 2),
                    time=draw.choice([-1.0, NOW + 86400.0 * number]),
                )
            )
    return found


def same(one: object, other: object) -> None:
    """Equal, but for the last bits of numbers."""
    ours, theirs = (msgspec.to_builtins(each) for each in (one, other))

    def walk(a: object, b: object, where: str) -> None:
        if isinstance(a, dict) and isinstance(b, dict):
            assert a.keys() == b.keys(), where
            for key in a:
                walk(a[key], b[key], f"{where}.{key}")
        elif isinstance(a, list | tuple) and isinstance(b, list | tuple):
            assert len(a) == len(b), where
            for n, pair in enumerate(zip(a, b, strict=True)):
                walk(*pair, f"{where}.{n}")
        elif isinstance(a, float):
            assert a == pytest.approx(b, abs=2e-5), where
        else:
            assert a == b, where

    walk(ours, theirs, "")


@pytest.mark.parametrize("seed", range(4))
def test_each_is_told_what_it_would_be_told_alone(model: Model, seed: int) -> None:
    policies = [Policy(), Policy(mastered=0.6, target=0.5, review_after_days=0.5)]
    rounds, store, seen = played(seed), MemoryStore(), []
    engine = Engine(model, store)
    engine.watchers.append(lambda response, probability: seen.append(response.id))
    for number, now in enumerate(rounds):
        asked = [Asked(each, MAP, policies[at % 2]) for at, each in enumerate(now)]
        told = engine.observe_each(asked)
        for question, answer in zip(asked, told, strict=True):
            # The store as it was before this round: made again, as it was made.
            alone = Engine(model, MemoryStore())
            for earlier in rounds[:number]:
                alone.observe_each([Asked(each, MAP) for each in earlier])
            same(answer, alone.observe(question.response, course_map=MAP, policy=question.policy))
    assert sorted(seen) == sorted(each.id for now in rounds for each in now)


def test_the_store_ends_with_everybodys_responses(opener: Callable[[], Store], model: Model) -> None:
    rounds, engine = played(11), Engine(model, opener())
    for now in rounds:
        assert all(isinstance(told, Feedback) for told in engine.observe_each([Asked(each, MAP) for each in now]))
    store, where = opener(), space(model.name, model.dims)
    for learner in {each.learner for now in rounds for each in now}:
        ids = {each.id for now in rounds for each in now if each.learner == learner}
        assert store.applied(Address(where, "c", learner), list(ids)) == ids
    alone = Engine(model, MemoryStore())
    for each in (each for now in rounds for each in now):
        alone.observe(each)
    keys = ["t", *(f"s:{skill}" for skill in SKILLS), *(f"i:{each.item}" for each in MAP.candidates)]
    at = Address(where, "c", "-")
    assert store.load(at, keys).counts.tolist() == alone.store.load(at, keys).counts.tolist()


def test_what_is_not_plain_is_answered_all_the_same(model: Model) -> None:
    """Known before, twice the same learner, the same response twice, other courses, no map, skills of no map."""
    engine = Engine(model, MemoryStore())
    first, second, third, *_ = played(3)[0][:3] * 2
    engine.observe(first, course_map=MAP)
    again = msgspec.structs.replace(second, id="again")
    elsewhere = msgspec.structs.replace(first, id="e", course="other")
    unheard = msgspec.structs.replace(third, id="u", learner="new", skills=("unheard of",))
    asked = [
        Asked(first, MAP), Asked(second, MAP), Asked(again, MAP), Asked(second, MAP), Asked(elsewhere, MAP),
        Asked(unheard, MAP), Asked(third), Asked(msgspec.structs.replace(third, id="n", learner="n"), CourseMap()),
    ]  # fmt: skip
    told = engine.observe_each(asked)
    assert [each.response if isinstance(each, Feedback) else each for each in told] == [
        each.response.id for each in asked
    ]
    at = Address(space(model.name, model.dims), "c", second.learner)
    assert engine.store.applied(at, [second.id, again.id]) == {second.id, again.id}
    assert engine.store.load(at, ["t"]).counts[0, [0, 2]].sum() == 6
    assert engine.observe_each([]) == []


def test_a_state_that_somebody_else_wrote_meanwhile_is_read_again() -> None:
    class Met(MemoryStore):
        """Another process writes for the first learner between reading and writing, once."""

        met = False

        def commit_many(self, space: str, course: str, writes: list[tuple[str, Commit]]) -> list[Outcome]:
            if not self.met:
                self.met = True
                Engine(PriorModel(), self).observe(msgspec.structs.replace(now[0], id="between"), course_map=MAP)
            return super().commit_many(space, course, writes)

    now = played(5)[0]
    engine = Engine(PriorModel(), Met())
    assert all(isinstance(each, Feedback) for each in engine.observe_each([Asked(each, MAP) for each in now]))
    at = Address(space("prior", PriorModel.dims), "c", now[0].learner)
    assert engine.store.applied(at, ["between", now[0].id]) == {"between", now[0].id}


def test_what_fails_is_told_to_whom_it_concerns() -> None:
    class Picky(PriorModel):
        def observe(self, context: Context, outcome: object) -> object:
            if (context.item[:, 0] > 0).any():
                raise ModelError("seen before")
            return super().observe(context, outcome)  # type: ignore[arg-type]

    first, second, third = played(8, 9)[0][:3]
    engine = Engine(Picky(), MemoryStore())
    engine.observe(first)
    told = engine.observe_each(
        [Asked(second, MAP), Asked(msgspec.structs.replace(first, id="more"), MAP), Asked(third, MAP)]
    )
    assert [type(each) for each in told] == [Feedback, ModelError, Feedback]

    class Down(MemoryStore):
        def load_many(self, *args: object) -> object:
            raise StoreError("down")

        load = load_many

    told = Engine(PriorModel(), Down()).observe_each([Asked(first, MAP), Asked(second, MAP)])
    assert [type(each) for each in told] == [StoreError, StoreError]
