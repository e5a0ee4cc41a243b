import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from serving import bundle, reasons
from serving.beta import interval
from serving.bundle import Bundle
from serving.engine import Engine
from serving.errors import ModelError, StoreError
from serving.model import Context, Floats, Observed
from serving.prior import PriorModel
from serving.state import space
from serving.stores import Address, Outcome, Store, open_store
from serving.stores.memory import MemoryStore
from serving.types import UNKNOWN, Candidate, Policy
from serving.vectors import CourseTable
from tests.serving.graphs import make
from tests.serving.words import DAY, NOW, course, response, several


def learn(engine: Engine, *skills: str, learner: str = "l", now: float = NOW) -> list[tuple[int, int]]:
    found = engine.mastery(course="c", learner=learner, skills=skills, now=now)
    return [(each.responses, each.correct) for each in found]


def counts(engine: Engine, *keys: str) -> list[list[float]]:
    return engine.store.load(Address(space(engine.model.name, engine.model.dims), "c", "-"), keys).counts.tolist()


@pytest.fixture(params=["bundle", "prior"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(request.getfixturevalue("model") if request.param == "bundle" else PriorModel(), MemoryStore())


def test_feedback_tells_before_and_after_and_who_answers(model: Bundle) -> None:
    told = Engine(model, MemoryStore()).observe(response(correct=True))
    (before,), (after,) = told.before, told.after
    assert (told.response, told.correct, told.model, told.source) == ("r1", True, "tiny-1", "model")
    assert (before.skill, before.responses, before.status) == ("a", 0, "unknown")
    assert before.mean == pytest.approx(2.6 / 4)
    assert (after.responses, after.correct, after.status) == (1, 1, "learning")
    assert after.mean == pytest.approx(3.6 / 5)
    low, high = interval([0.72], [5.0])
    assert (after.low, after.high) == pytest.approx((low[0], high[0]), abs=1e-6)


def test_feedback_tells_what_was_expected_before_the_answer_was_known(engine: Engine) -> None:
    engine.observe_many(several("+-"))
    for id, correct in (("x", False), ("y", True)):
        asked = Candidate(item="a1", skills=("a",))
        (before,) = engine.predict(course="c", learner="l", candidates=[asked], now=NOW)
        told = engine.observe(response(id, correct=correct), course_map=course("a1", "a2"))
        assert told.expected == pytest.approx(before.probability, abs=1e-6)
        assert engine.observe(response(id, correct=correct)).expected == UNKNOWN


def test_without_a_bundle_the_prior_says_so() -> None:
    told = Engine(PriorModel(), MemoryStore()).observe(response())
    assert (told.model, told.source, told.next.model, told.next.source) == ("prior",) + ("prior",) * 3


def test_the_same_id_is_counted_once_and_still_answered(engine: Engine) -> None:
    first = engine.observe(response())
    again = engine.observe(response())
    assert again.before == again.after == first.after
    assert learn(engine, "a") == [(1, 1)]
    assert counts(engine, "t", "i:a1", "s:a") == [[1, 1, 0, 0, 1]] * 3


def test_observe_many_counts_each_once(engine: Engine) -> None:
    engine.observe(response("a-1", "a2", False))
    batch = several("+-+")
    assert engine.observe_many([*batch, batch[0], *several("+", "b")]) == 3
    assert engine.observe_many(batch) == 0
    assert learn(engine, "a", "b") == [(3, 2), (1, 1)]
    assert counts(engine, "t", "s:a", "s:b", "i:a2") == [
        [4, 3, 0, 0, 1],
        [3, 2, 0, 0, 1],
        [1, 1, 0, 0, 1],
        [1, 0, 0, 0, 1],
    ]


def test_observe_many_ends_in_the_same_state_as_one_by_one(model: Bundle) -> None:
    one, many = Engine(model, MemoryStore()), Engine(model, MemoryStore())
    history = [*several("+--+"), *several("-+", "b", time=NOW + 900), *several("+", "a", start=20, time=NOW + 999)]
    history = [*history, response("x", learner="other")]
    for each in history:
        one.observe(each)
    assert many.observe_many(history) == len(history)
    at = Address(space(model.name, model.dims), "c", "l")
    assert one.store.load(at).blob == many.store.load(at).blob
    keys = ("t", "s:a", "s:b", "i:a3")
    assert counts(one, *keys) == counts(many, *keys)


def test_a_new_version_starts_its_own_states_and_a_replay_counts_once(model: Bundle) -> None:
    engine = Engine(PriorModel(), MemoryStore())
    history = several("+-+")
    engine.observe_many(history)
    engine.replace(model)
    assert learn(engine, "a") == [(0, 0)]
    assert engine.observe_many(history) == 3
    assert engine.observe_many(history) == 0
    assert counts(engine, "t") == [[3, 2, 0, 0, 1]]
    engine.replace(PriorModel())
    assert learn(engine, "a") == [(3, 2)]
    assert counts(engine, "t") == [[3, 2, 0, 0, 1]]


def test_a_state_that_cannot_be_read_is_absent(model: Bundle) -> None:
    engine = Engine(model, MemoryStore())
    engine.observe(response())
    at = Address(space(model.name, model.dims), "c", "l")
    engine.store._states[at] = b"damaged", engine.store.load(at).version
    assert learn(engine, "a") == [(0, 0)]
    assert engine.observe(response("r2")).after[0].responses == 1


def test_the_course_is_the_others_and_never_oneself(model: Bundle) -> None:
    seen: list[Context] = []

    class Watching(PriorModel):
        def observe(self, context: Context, outcome: Floats) -> Observed:
            seen.append(context)
            return super().observe(context, outcome)

    engine = Engine(Watching(), MemoryStore())
    engine.observe(response("r1", learner="other"))
    engine.observe_many([response("r2"), response("r3"), response("r4", item="a9")])
    engine.observe(response("r5", learner="other"))
    engine.observe(response("r6"))
    none, one, two = [0] * 5, [1, 1, 0, 0, 1], [1, 1, 1, 1, 1]
    assert [c.course_total[-1].tolist() for c in seen] == [none, one, one, one, [2, 2, 1, 1, 1], two]
    assert [c.course_item[-1].tolist() for c in seen] == [none, one, one, none, two, two]


def test_an_item_that_was_answered_before_counts_as_a_later_attempt(engine: Engine) -> None:
    engine.observe_many([response("r1", "a1", False), response("r2", "a1", True), response("r3", "a2", True)])
    engine.observe(response("r4", "a1", True))
    engine.observe(response("r5", "a1", True, learner="other"))
    total, on_a1 = [3, 2, 2, 2, 2], [2, 1, 2, 2, 2]
    assert counts(engine, "t", "s:a", "i:a1", "i:a2") == [total, total, on_a1, [1, 1, 0, 0, 1]]
    assert learn(engine, "a") == [(4, 3)]


def test_a_learner_counts_once_in_the_course_on_each_skill_and_on_each_item(engine: Engine) -> None:
    """However often they answer, whatever comes twice, and however it comes."""
    engine.observe(response("r1", "a1", True, skills=("a", "b")))
    engine.observe(response("r2", "a1", False, skills=("a", "b")))
    engine.observe(response("r3", "a2", True))
    theirs = [
        response("o1", "b1", True, learner="other"),
        response("o1", "b1", True, learner="other"),
        response("o2", "b1", True, learner="other"),
        response("o3", "a1", False, skills=("a", "b"), learner="other"),
    ]
    assert engine.observe_many(theirs) == 3
    assert engine.observe_many([*theirs, response("r1", "a1", True, skills=("a", "b"))]) == 0
    assert counts(engine, "t") == [[4, 3, 2, 1, 2]]
    assert counts(engine, "s:a", "s:b") == [[3, 2, 1, 0, 2], [3, 2, 2, 1, 2]]
    assert counts(engine, "i:a1", "i:a2", "i:b1") == [[2, 1, 1, 0, 2], [1, 1, 0, 0, 1], [1, 1, 1, 1, 1]]


def test_learners_are_counted_in_each_course_on_its_own(engine: Engine) -> None:
    engine.observe_many([response(f"r{n}", f"a{n}", learner=f"l{n % 3}") for n in range(6)])
    engine.observe_many([response("d1", learner="l0", course="d"), response("d2", "a2", learner="l0", course="d")])
    assert counts(engine, "t", "s:a", "i:a4") == [[6, 6, 0, 0, 3], [6, 6, 0, 0, 3], [1, 1, 0, 0, 1]]
    elsewhere = engine.store.load(Address(space(engine.model.name, engine.model.dims), "d", "-"), ["t", "s:a"]).counts
    assert elsewhere.tolist() == [[2, 2, 0, 0, 1]] * 2


def test_a_skill_that_comes_to_an_item_later_has_its_learner_from_then_on(engine: Engine) -> None:
    engine.observe_many([response("r1", "a1", False), response("r2", "a1", True, skills=("a", "new"))])
    engine.observe(response("r3", "a1", True, skills=("a", "new")))
    assert counts(engine, "s:a", "s:new") == [[1, 0, 2, 2, 1], [0, 0, 2, 2, 1]]


def test_a_forgotten_learner_who_comes_back_is_another(engine: Engine) -> None:
    """Sums hold no person, so nobody can be taken off them."""
    engine.observe(response("r1"))
    engine.forget(learner="l")
    engine.observe(response("r1"))
    assert counts(engine, "t", "s:a", "i:a1") == [[2, 2, 0, 0, 2]] * 3


def test_a_response_that_comes_again_is_no_later_attempt(engine: Engine) -> None:
    for _ in range(2):
        engine.observe(response("r1", "a1"))
        engine.observe_many([response("r1", "a1"), response("r2", "a2"), response("r1", "a1")])
    assert counts(engine, "t", "i:a1") == [[2, 2, 0, 0, 1], [1, 1, 0, 0, 1]]


def test_responses_out_of_their_order_are_counted_as_they_come(engine: Engine) -> None:
    engine.observe(response("late", "a1", True, time=NOW + 60))
    engine.observe(response("early", "a1", False, time=NOW))
    assert counts(engine, "i:a1") == [[1, 1, 1, 0, 1]]


def test_what_training_learned_of_the_course_is_used_in_that_course_alone(tmp_path: Path) -> None:
    one = np.array([[1, 0]], np.float32)
    table = CourseTable(0.02 * one[0], ["a1"], 0.1 * one, ["a"], 0.05 * one)
    engine = Engine(bundle.load(make(tmp_path, courses={"c": table})), MemoryStore())
    asked = [Candidate(item="a1", skills=("a",)), Candidate(item="a9", skills=("a",)), Candidate(item="b1")]
    for name, offsets in (("c", [0.17, 0.07, 0.02]), ("other", [0, 0, 0])):
        told = engine.predict(course=name, learner="l", candidates=asked, now=NOW)
        assert [each.probability for each in told] == pytest.approx([0.65 + offset for offset in offsets])
        (skill,) = engine.mastery(course=name, learner="l", skills=["a"], now=NOW)
        assert skill.mean == pytest.approx(0.65 + offsets[1])
    told = engine.observe(response(), course_map=course("a1", "a9"))
    assert told.before[0].mean == pytest.approx(0.72)
    assert told.after[0].mean == pytest.approx(3.6 / 5 + 0.07)


def test_a_new_version_brings_its_own_vectors_to_a_course_map_that_was_laid_out(tmp_path: Path, model: Bundle) -> None:
    one = np.array([[1, 0]], np.float32)
    trained = bundle.load(
        make(tmp_path, "tiny-2", courses={"c": CourseTable(0.02 * one[0], [], one[:0], ["a"], 0.1 * one)})
    )
    offered, engine = course("a1"), Engine(model, MemoryStore())
    told = []
    for each in (model, trained, model):
        engine.replace(each)
        action = engine.next(course="c", learner="l", course_map=offered, now=NOW).action
        assert action is not None
        told.append(action.probability)
    assert told == pytest.approx([0.65, 0.77, 0.65])


def test_feedback_calls_a_surprise_what_the_prediction_of_the_very_item_was_not(tmp_path: Path) -> None:
    one = np.array([[1, 0]], np.float32)
    for name, offset, reason in (("hard", -0.5, reasons.RIGHT_SURPRISE), ("easy", 0.1, reasons.RIGHT_AS_EXPECTED)):
        courses = {"c": CourseTable(0 * one[0], ["a2"], offset * one, [], one[:0])}
        engine = Engine(bundle.load(make(tmp_path, name, courses=courses)), MemoryStore())
        engine.observe(response("r1", "a1"))
        assert engine.observe(response("r2", "a2")).reason == reason


def test_an_item_without_skills_and_one_with_repeated_skills(engine: Engine) -> None:
    told = engine.observe(response(skills=()))
    assert (told.reason, told.before, told.after) == (reasons.NO_SKILL, (), ())
    told = engine.observe(response("r2", skills=("a", "a", "b")))
    assert [each.skill for each in told.after] == ["a", "b"]
    assert learn(engine, "a", "b") == [(1, 1), (1, 1)]
    assert counts(engine, "t", "s:a") == [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1]]


@pytest.mark.parametrize("time", [UNKNOWN, float("nan"), 0.0, NOW - 10 * DAY, 1e300])
def test_any_time_is_harmless(engine: Engine, time: float) -> None:
    engine.observe(response("r1"))
    assert engine.observe(response("r2", time=time)).after[0].responses == 2
    assert learn(engine, "a", now=time) == [(2, 2)]


def test_mastery_never_hinges_on_a_single_answer() -> None:
    engine = Engine(PriorModel(), MemoryStore())
    lax = Policy(mastered=0.1)
    statuses = [engine.observe(each, policy=lax).after[0].status for each in several("+++")]
    assert statuses == ["learning", "learning", "mastered"]


def test_reasons_of_feedback() -> None:
    engine = Engine(PriorModel(), MemoryStore())
    told = [engine.observe(each).reason for each in several("+-----+---")]
    assert told[:2] == [reasons.FIRST_RESPONSE, reasons.WRONG_SURPRISE]
    assert told[4:7] == [reasons.WRONG_AS_EXPECTED, reasons.WRONG_AS_EXPECTED, reasons.RIGHT_SURPRISE]
    another = Engine(PriorModel(), MemoryStore())
    told = [another.observe(each).reason for each in several("+" * 8)]
    assert told[0] == reasons.FIRST_RESPONSE
    assert told[1] == reasons.RIGHT_AS_EXPECTED
    assert told.count(reasons.SKILL_MASTERED) == 1


def test_predictions_come_in_the_given_order_with_intervals(engine: Engine) -> None:
    engine.observe_many([*several("----", "a"), *several("++++", "b")])
    asked = [Candidate(item=item, skills=(item[0],)) for item in ("b9", "a9", "b8")]
    told = engine.predict(course="c", learner="l", candidates=asked, now=NOW)
    assert [each.item for each in told] == ["b9", "a9", "b8"]
    assert told[0].probability > told[1].probability
    assert all(each.low < each.probability < each.high for each in told)
    assert engine.predict(course="c", learner="l", candidates=[], now=NOW) == []


def test_mastery_is_of_a_fresh_item_and_in_the_given_order(engine: Engine) -> None:
    engine.observe_many(several("+++"))
    asked = engine.mastery(course="c", learner="l", skills=["z", "a", "z"], now=NOW)
    assert [each.skill for each in asked] == ["z", "a", "z"]
    assert [each.status for each in asked] == ["unknown", "learning", "unknown"]
    assert engine.mastery(course="c", learner="l", skills=[], now=NOW) == []


def test_a_policy_says_from_when_a_skill_counts_as_mastered(engine: Engine) -> None:
    engine.observe_many(several("+++"))
    for mastered, status in ((0.5, "mastered"), (0.99, "learning")):
        policy, asked = Policy(mastered=mastered), {"course": "c", "skills": ["a"], "now": NOW}
        assert engine.mastery(learner="l", policy=policy, **asked)[0].status == status
        assert engine.mastery_many(learners=["l"], policy=policy, **asked)[0][0].status == status


def test_mastery_of_an_item_less_course_uses_the_time_since_the_skill() -> None:
    elapsed: list[list[float]] = []

    class Watching(PriorModel):
        def predict(self, context: Context) -> tuple[Floats, Floats]:
            elapsed.append([*context.skill_elapsed[0].tolist(), *context.elapsed[0].tolist()])
            return super().predict(context)

    engine = Engine(Watching(), MemoryStore())
    engine.observe_many([response()])
    engine.mastery(course="c", learner="l", skills=["a"], now=NOW + 60)
    assert elapsed[-1] == [60, 60, -1]


def test_forgetting_removes_a_learner(engine: Engine) -> None:
    engine.observe_many([response(), response("r2", learner="other")])
    engine.forget(learner="l")
    assert learn(engine, "a") == [(0, 0)]
    assert learn(engine, "a", learner="other") == [(1, 1)]


def test_a_model_that_fails_changes_nothing() -> None:
    class Failing(PriorModel):
        def observe(self, context: Context, outcome: Floats) -> Observed:
            raise ModelError("no number")

    engine = Engine(Failing(), MemoryStore())
    with pytest.raises(ModelError):
        engine.observe(response())
    assert counts(engine, "t") == [[0] * 5]
    assert engine.observe_many([]) == 0


def test_a_conflict_is_tried_again_from_what_the_other_wrote(model: Bundle) -> None:
    store = MemoryStore()
    rival = Engine(model, store)
    commit, came = store.commit, []

    def interrupted(at: Address, write: object) -> Outcome:
        if not came:
            came.append(True)
            rival.observe(response("rival", "a2"))
        return commit(at, write)

    store.commit = interrupted
    assert Engine(model, store).observe(response("mine")).after[0].responses == 2
    assert counts(rival, "t", "s:a", "i:a1") == [[2, 2, 0, 0, 1], [2, 2, 0, 0, 1], [1, 1, 0, 0, 1]]


def test_endless_conflict_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.intake.TRIES", 3)
    store = MemoryStore()
    store.commit = lambda at, write: Outcome.CONFLICT
    with pytest.raises(StoreError, match="3 tries"):
        Engine(PriorModel(), store).observe(response())


def _observe(directory: Path, kind: str, where: str, name: str) -> None:
    from tests.serving.test_stores import _open

    engine = Engine(bundle.load(directory), _open(kind, where))
    for n in range(30):
        engine.observe(response(f"{name}-{n}", f"a{n}"))


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_two_processes_at_one_learner_lose_no_answer(
    kind: str, bundle_directory: Path, model: Bundle, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from tests.serving.test_stores import _open

    where = request.getfixturevalue("redis_prefix") if kind == "redis" else str(tmp_path / "s.sqlite3")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_observe, args=(bundle_directory, kind, where, f"p{n}")) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    engine = Engine(model, _open(kind, where))
    assert learn(engine, "a") == [(60, 60)]
    assert counts(engine, "t", "s:a", "i:a3") == [[30, 30, 30, 30, 1], [30, 30, 30, 30, 1], [1, 1, 1, 1, 1]]


def test_threads_at_one_learner_lose_no_answer(opener: Callable[[], Store], model: Bundle) -> None:
    engine = Engine(model, opener())

    def work(name: str) -> None:
        for n in range(15):
            engine.observe(response(f"{name}-{n}", f"a{n}"))

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert learn(engine, "a") == [(60, 60)]


def test_an_answer_costs_no_more_after_a_long_history(model: Bundle) -> None:
    engine = Engine(model, MemoryStore())
    offered = course(*(f"a{n}" for n in range(20)))

    def median(start: int) -> float:
        taken = []
        for n in range(start, start + 60):
            began = time.perf_counter()
            engine.observe(response(f"r{n}", f"a{n % 20}"), course_map=offered)
            taken.append(time.perf_counter() - began)
        return float(np.median(taken))

    median(0)
    early = median(100)
    engine.observe_many([response(f"h{n}", f"a{n % 20}") for n in range(3000)])
    assert median(5000) < 3 * early


def test_a_model_is_replaced_between_two_calls_and_never_within_one(model: Bundle) -> None:
    engine = Engine(PriorModel(), MemoryStore())
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            engine.replace(model)
            engine.replace(PriorModel())

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for n in range(100):
            told = engine.observe(response(f"r{n}"), course_map=course("a1", "b1"))
            assert told.model == told.next.model
    finally:
        stop.set()
        thread.join()


def test_opens_the_store_that_it_is_told(tmp_path: Path, model: Bundle) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'states.sqlite3'}"
    Engine(model, open_store(url)).observe(response())
    assert learn(Engine(model, open_store(url)), "a") == [(1, 1)]


def test_next_without_candidates_needs_no_store(model: Bundle) -> None:
    class Down(MemoryStore):
        def load(self, at: Address) -> object:
            raise StoreError("down")

    told = Engine(model, Down()).next(course="c", learner="l", course_map=course(), now=NOW)
    assert (told.action, told.reason, told.model) == (None, reasons.NO_CANDIDATES, "tiny-1")


def test_a_class_is_told_what_each_of_it_would_be_told(opener: Callable[[], Store], model: Bundle) -> None:
    """Also who has no state, who is asked about twice, and skills that nobody has met."""
    for each in (PriorModel(), model):
        engine = Engine(each, opener())
        for number, pattern in enumerate(("+-+", "-", "++++-", "")):
            for item in "ab"[: 1 + number % 2]:
                for one in several(pattern, item=item):
                    engine.observe(msgspec.structs.replace(one, id=f"{number}{one.id}", learner=f"l{number}"))
        learners, skills = ["l2", "l0", "nobody", "l1", "l0", "l3"], ["b", "a", "never", "a"]
        told = engine.mastery_many(course="c", learners=learners, skills=skills, now=NOW + DAY)
        for learner, row in zip(learners, told, strict=True):
            alone = engine.mastery(course="c", learner=learner, skills=skills, now=NOW + DAY)
            for one, other in zip(row, alone, strict=True):
                assert (one.skill, one.responses, one.correct, one.status) == (
                    other.skill, other.responses, other.correct, other.status,
                )  # fmt: skip
                told_one, told_other = (one.mean, one.low, one.high), (other.mean, other.low, other.high)
                assert told_one == pytest.approx(told_other, abs=1e-6)
        assert engine.mastery_many(course="c", learners=["l0"], skills=[], now=NOW) == [[]]
        assert engine.mastery_many(course="c", learners=[], skills=["a"], now=NOW) == []


def test_a_damaged_state_among_a_class_counts_as_none(model: Bundle) -> None:
    store = MemoryStore()
    engine = Engine(model, store)
    for learner in ("l0", "l1"):
        engine.observe(response(learner=learner))
    at = Address(space(model.name, model.dims), "c", "l1")
    whole, version = store._states[at]
    for damaged in (b"damaged", whole[:-9], whole[:40]):
        store._states[at] = damaged, version
        told = engine.mastery_many(course="c", learners=["l0", "l1"], skills=["a"], now=NOW)
        assert [row[0].responses for row in told] == [1, 0]
