"""What a learner had added is taken off: the course's counts are those of a store that saw only what still counts."""

from __future__ import annotations

import multiprocessing
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as draw

from serving import intake
from serving.bundle import Bundle
from serving.engine import Asked, Engine
from serving.errors import StoreError
from serving.model import Model
from serving.prior import PriorModel
from serving.retract import Names
from serving.stores import Address, Commit, Outcome, Retraction, Store, open_store
from serving.stores.memory import MemoryStore
from serving.stores.redis import RedisStore
from serving.types import Candidate, CourseMap, Feedback, Response
from tests.serving.conftest import REDIS
from tests.serving.test_redis_cluster import cluster  # noqa: F401 - a fixture
from tests.serving.words import NOW, course, response, several

LEARNERS, ITEMS, SKILLS = ("l0", "l1", "l2"), ("i0", "i1", "i2", "i3"), ("a", "b", "c")
MAP = CourseMap(candidates=tuple(Candidate(item=item, skills=(SKILLS[n % 3],)) for n, item in enumerate(ITEMS)))
KEYS = ["t", *(f"s:{each}" for each in SKILLS), *(f"i:{each}" for each in ITEMS)]


def counts(engine: Engine, *keys: str, of: str = "c") -> list[list[float]]:
    return engine.store.load(Address(engine.space, of, "-"), keys or KEYS).counts.tolist()


def blob(engine: Engine, learner: str) -> bytes | None:
    return engine.store.load(Address(engine.space, "c", learner)).blob


@pytest.fixture(params=["bundle", "prior"])
def a_model(request: pytest.FixtureRequest) -> Model:
    return request.getfixturevalue("model") if request.param == "bundle" else PriorModel()


answers = draw.builds(
    lambda n, learner, item, skills, right: response(
        f"r{n}", item, right, learner=learner, skills=tuple(skills), time=NOW + n
    ),
    draw.integers(0, 30),
    draw.sampled_from(LEARNERS),
    draw.sampled_from(ITEMS),
    draw.lists(draw.sampled_from(SKILLS), max_size=3),
    draw.booleans(),
)
steps = draw.lists(
    draw.one_of(
        answers,
        draw.lists(answers, min_size=1, max_size=5),
        draw.tuples(draw.sampled_from(LEARNERS), draw.sampled_from(ITEMS)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("kind", ["memory", "sqlite", "redis"])
@hypothesis.settings(
    max_examples=40, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
)
@hypothesis.given(steps=steps)
def test_counts_are_those_of_a_store_that_saw_only_what_still_counts(
    kind: str, a_model: Model, steps: list[object], tmp_path_factory: pytest.TempPathFactory, redis_prefix: str
) -> None:
    """Answers one by one and in bulk, and resets of an item: retracted, and replayed with the tags of then."""
    if kind == "redis":
        store: Store = RedisStore(REDIS, prefix=f"{redis_prefix}:{uuid.uuid4().hex}")
    else:
        store = open_store("memory://" if kind == "memory" else f"sqlite:///{tmp_path_factory.mktemp('s')}/s.sqlite3")
    engine, held = Engine(a_model, store), dict[str, Response]()
    for number, step in enumerate(steps):
        if isinstance(step, Response):
            engine.observe(held.setdefault(step.id, step))
        elif isinstance(step, list):
            engine.observe_many([held.setdefault(each.id, each) for each in step])
        else:
            learner, item = step
            engine.retract(course="c", learner=learner, id=f"reset {number}")
            # An instructor has given the items other skills meanwhile: what was counted for the old ones goes, too.
            for id, each in list(held.items()):
                if each.learner == learner:
                    del held[id]
                    if each.item != item:
                        tags = tuple(SKILLS[(SKILLS.index(skill) + 1) % 3] for skill in each.skills)
                        held[id] = msgspec.structs.replace(each, skills=tags)
            engine.observe_many([each for each in held.values() if each.learner == learner])
    fresh = Engine(a_model, MemoryStore())
    for learner in LEARNERS:
        fresh.observe_many([each for each in held.values() if each.learner == learner])
    assert counts(engine) == counts(fresh)
    for learner in LEARNERS:
        ids = {each.id for each in held.values() if each.learner == learner}
        assert store.applied(Address(engine.space, "c", learner), [f"r{n}" for n in range(31)]) == ids
    assert store.learners(engine.space, "c") == fresh.store.learners(engine.space, "c")
    store.close()


def test_the_state_is_that_of_a_learner_who_never_answered(opener: Callable[[], Store], a_model: Model) -> None:
    engine = Engine(a_model, opener())
    engine.observe_many(several("+-+"))
    engine.observe(response("o", learner="other"))
    engine.retract(course="c", learner="l", id="again")
    assert blob(engine, "l") is None
    assert blob(engine, "other") is not None
    assert engine.store.learners(engine.space, "c") == 1
    assert engine.mastery(course="c", learner="l", skills=["a"], now=NOW)[0].responses == 0
    assert counts(engine, "t", "s:a", "i:a1", "i:a2") == [[1, 1, 0, 0, 1]] * 3 + [[0] * 5]
    asked = [Asked(response("x", learner=learner), course("a1", "a2")) for learner in ("l", "m")]
    assert all(isinstance(told, Feedback) for told in engine.observe_each(asked))
    assert engine.observe(response("a-0")).after[0].responses == 2
    engine.forget(learner="l")
    assert engine.store.spaces("c", "l") == []


def test_an_id_is_taken_once_and_another_again(store: Store) -> None:
    """As when the first call came through and its answer did not."""
    engine = Engine(PriorModel(), store)
    for id in ("one", "one", "two"):
        engine.observe_many(several("+-+"))
        engine.retract(course="c", learner="l", id=id)
        engine.observe_many(several("-"))
        before = blob(engine, "l")
        engine.retract(course="c", learner="l", id=id)
        assert blob(engine, "l") == before
        assert counts(engine, "t")[0][4] == 1
    engine.retract(course="c", learner="nobody", id="one")
    engine.retract(course="elsewhere", learner="l", id="one")
    assert counts(engine, "t") == [[1, 0, 0, 0, 1]]


def test_every_version_begins_anew_and_other_courses_stay(store: Store, model: Bundle) -> None:
    engines = [Engine(PriorModel(), store), Engine(model, store)]
    for engine in engines:
        engine.observe_many([*several("+-+"), response("e", course="elsewhere")])
    engines[0].retract(course="c", learner="l", id="again")
    for engine in engines:
        assert blob(engine, "l") is None
        assert counts(engine, "t", "s:a", "i:a2") == [[0] * 5] * 3
        assert counts(engine, "t", of="elsewhere") == [[1, 1, 0, 0, 1]]


def test_a_store_that_goes_away_between_two_versions_is_no_harm(model: Bundle) -> None:
    class Going(MemoryStore):
        left = 1

        def retract(self, at: Address, write: Retraction) -> Outcome:
            if not self.left:
                raise StoreError("gone")
            self.left -= 1
            return super().retract(at, write)

    store = Going()
    engines = [Engine(PriorModel(), store), Engine(model, store)]
    for engine in engines:
        engine.observe_many(several("+-+"))
    with pytest.raises(StoreError):
        engines[1].retract(course="c", learner="l", id="again")
    assert sorted(counts(engine, "t")[0][0] for engine in engines) == [0, 3]
    (begun,) = (engine for engine in engines if not counts(engine, "t")[0][0])
    begun.observe(response("new"))
    store.left = 2
    engines[1].retract(course="c", learner="l", id="again")
    assert sorted(counts(engine, "t")[0][0] for engine in engines) == [0, 1]


def test_who_had_read_the_state_before_cannot_write_it_back(store: Store) -> None:
    engine = Engine(PriorModel(), store)
    engine.observe(response())
    at = Address(engine.space, "c", "l")
    old = store.load(at)
    engine.retract(course="c", learner="l", id="again")
    engine.observe(response("r2"))
    assert store.load(at).version > old.version
    stale = Commit(["r3"], old.version, old.blob or b"", {"t": (1, 0, 0, 0, 0)})
    assert store.commit(at, stale) is Outcome.CONFLICT
    assert store.retract(at, Retraction("late", old.version, {"t": (1, 1, 0, 0, 1)})) is Outcome.CONFLICT
    assert counts(engine, "t") == [[1, 1, 0, 0, 1]]


def test_no_count_falls_below_nothing(store: Store) -> None:
    at = Address("m~1", "c", "l")
    assert store.retract(at, Retraction("none", 0, {"t": (1, 1, 0, 0, 1)})) is Outcome.CONFLICT
    store.commit(at, Commit(["r"], 0, b"x", {"t": (2, 1, 0, 5, 1), "i:é": (1, 0, 0, 0, 1)}))
    taken = {"t": (1, 3, 1, 2, 1), "i:é": (1, 0, 0, 0, 1), "never": (1, 1, 1, 1, 1)}
    assert store.retract(at, Retraction("again", 1, taken)) is Outcome.APPLIED
    assert store.load(at, ["t", "i:é", "never"]).counts.tolist() == [[1, 0, 0, 3, 0], [0] * 5, [0] * 5]
    assert store.load(at)[:2] == (None, 2)
    assert store.applied(at, ["r"]) == set()
    assert sorted(store.keys("m~1", "c"))[-2:] == ["i:é", "t"]
    assert store.spaces("c", "l") == ["m~1"]


def test_a_state_that_cannot_be_read_goes_without_its_counts(model: Bundle) -> None:
    store = MemoryStore()
    engine = Engine(model, store)
    engine.observe(response())
    older = Address(engine.space.rpartition(".")[0] + ".1", "c", "l")
    for at in (Address(engine.space, "c", "l"), older, older._replace(space="no space of ours")):
        store._states[at] = b"damaged", 1
    engine.retract(course="c", learner="l", id="again")
    assert {kept for kept, _ in store._states.values()} == {None}
    assert counts(engine, "t") == [[1, 1, 0, 0, 1]]


def test_names_are_read_again_only_for_what_is_new() -> None:
    class Counted(MemoryStore):
        read = 0

        def keys(self, space: str, course: str) -> list[str]:
            self.read += 1
            return super().keys(space, course)

    store = Counted()
    engine = Engine(PriorModel(), store)
    for number, read in enumerate((1, 1, 1)):
        engine.observe_many(several("+-"))
        engine.retract(course="c", learner="l", id=str(number))
        assert store.read == read
    engine.observe(response(item="new"))
    engine.retract(course="c", learner="l", id="new")
    assert store.read == 2
    assert counts(engine, "i:new") == [[0] * 5]
    names = Names(store)
    for number in range(40):
        names.of("s", f"c{number}", {("i:", 1)})
    assert len(names._kept) == 16


def test_endless_conflict_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Met(MemoryStore):
        def retract(self, at: Address, write: Retraction) -> Outcome:
            return Outcome.CONFLICT

    monkeypatch.setattr("serving.retract.TRIES", 3)
    monkeypatch.setattr(intake, "LONGEST_PAUSE", 0.0)
    engine = Engine(PriorModel(), Met())
    engine.observe(response())
    with pytest.raises(StoreError, match="another writer"):
        engine.retract(course="c", learner="l", id="again")


def opened(kind: str, where: str) -> Store:
    return RedisStore(REDIS, prefix=where) if kind == "redis" else open_store(f"sqlite:///{where}")


ROUNDS = 25
STILL = [response(f"still-{n}", f"a{n % 3}", n % 3 > 0, time=NOW + n) for n in range(6)]
"""What counts in the end, of the learner whom all of them write: the same whichever answer to an item comes first."""


def resetting(kind: str, where: str, name: str) -> None:
    engine = Engine(PriorModel(), opened(kind, where))
    for number in range(ROUNDS):
        engine.retract(course="c", learner="l", id=f"{name}-{number}")
        engine.observe_many(STILL)


def answering(kind: str, where: str, name: str) -> None:
    engine = Engine(PriorModel(), opened(kind, where))
    for number in range(ROUNDS):
        engine.observe(response(f"{name}-{number}", learner=name))
        engine.observe(STILL[number % len(STILL)])


def settled(kind: str, where: str) -> None:
    """Whoever was last, what still counts is there once, and the others' answers are all there."""
    engine = Engine(PriorModel(), opened(kind, where))
    engine.observe_many(STILL)
    fresh = Engine(PriorModel(), MemoryStore())
    fresh.observe_many(STILL)
    for name in ("o0", "o1"):
        fresh.observe_many([response(f"{name}-{number}", learner=name) for number in range(ROUNDS)])
    keys = ["t", "s:a", "i:a0", "i:a1", "i:a2"]
    assert counts(engine, *keys) == counts(fresh, *keys)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
@pytest.mark.parametrize("how", ["threads", "processes"])
def test_several_at_once_take_off_once_and_lose_nothing(
    kind: str, how: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = request.getfixturevalue("redis_prefix") if kind == "redis" else str(tmp_path / "s.sqlite3")
    work = [(resetting, "p0"), (resetting, "p1"), (answering, "o0"), (answering, "o1")]
    if how == "threads":
        threads = [threading.Thread(target=target, args=(kind, where, name)) for target, name in work]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    else:
        context = multiprocessing.get_context("fork")
        processes = [context.Process(target=target, args=(kind, where, name)) for target, name in work]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
    settled(kind, where)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_of_two_with_one_id_one_takes_off(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    where = request.getfixturevalue("redis_prefix") if kind == "redis" else str(tmp_path / "s.sqlite3")
    engine = Engine(PriorModel(), opened(kind, where))
    engine.observe(response("o", learner="other"))
    for number in range(20):
        engine.observe_many(several("+-+"))
        together = threading.Barrier(3)

        def go(number: int = number, together: threading.Barrier = together) -> None:
            mine = Engine(PriorModel(), opened(kind, where))
            together.wait()
            mine.retract(course="c", learner="l", id=str(number))

        threads = [threading.Thread(target=go) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert counts(engine, "t", "s:a") == [[1, 1, 0, 0, 1]] * 2


def test_in_a_cluster_too(cluster: list[int]) -> None:  # noqa: F811
    engine = Engine(PriorModel(), open_store(f"redis+cluster://127.0.0.1:{cluster[0]}"))
    for number in range(8):
        name = f"retracted-{number}"
        engine.observe_many([msgspec.structs.replace(each, course=name) for each in several("+-+")])
        engine.observe(response("o", learner="other", course=name))
        for _ in range(2):
            engine.retract(course=name, learner="l", id="again")
        assert counts(engine, "t", "s:a", "i:a1", "i:a2", of=name) == [[1, 1, 0, 0, 1]] * 3 + [[0] * 5]
        assert engine.mastery(course=name, learner="l", skills=["a"], now=NOW)[0].responses == 0
    engine.forget(learner="l")
    assert engine.store.spaces("retracted-0", "l") == []
