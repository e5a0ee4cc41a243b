import numpy as np
import pytest

from serving.context import TOTAL, Batch, CourseState, item_key, outcome, since, skill_key, tally
from serving.prior import PriorModel
from serving.schema import CONTEXT
from serving.state import LearnerState
from serving.types import Response
from serving.vectors import CourseTable, CourseVectors

DIMS = PriorModel.dims
Four = tuple[int, int, int, int]


def answered(*responses: tuple[str, tuple[str, ...], bool, float]) -> LearnerState:
    state, model = LearnerState.empty(DIMS), PriorModel()
    for item, skills, correct, time in responses:
        response = Response(id="r", course="c", learner="l", item=item, skills=skills, correct=correct, time=time)
        batch = Batch([item], [skills])
        context = batch.context(state, known(batch), time)
        state = state.after(response, model.observe(context, outcome(response)))
    return state


VECTORS = CourseVectors(DIMS.vector)


def known(batch: Batch, vectors: CourseVectors = VECTORS, **counts: Four) -> CourseState:
    names = {"total": TOTAL, "i1": item_key("i1"), "i2": item_key("i2"), "a": skill_key("a"), "b": skill_key("b")}
    by_key = {names[name]: value for name, value in counts.items()}
    rows = np.array([by_key.get(key, (0, 0, 0, 0)) for key in batch.keys], np.float32)
    return CourseState(rows, batch.vector(vectors, "c"))


STATE = answered(("i1", ("a",), True, 100.0), ("i2", ("a", "b"), False, 130.0), ("i2", ("a", "b"), True, 160.0))
COUNTS: dict[str, Four] = {
    "total": (8, 5, 4, 3),
    "a": (5, 3, 3, 3),
    "b": (2, 1, 1, 1),
    "i1": (4, 3, 2, 1),
    "i2": (1, 0, 1, 1),
}


def test_arrays_are_those_of_the_schema() -> None:
    batch = Batch(["i2", "i1", None, "i9"], [("b", "a"), ("a",), ("b",), ()])
    context = batch.context(STATE, known(batch, **COUNTS), 220.0)
    assert context._fields == CONTEXT
    assert {array.dtype for array in context} == {np.dtype(np.float32)}
    assert context.skill_mask.tolist() == [[1, 1], [1, 0], [1, 0], [0, 0]]
    assert context.learner.tolist() == [[2, 1, 1, 1]] * 4
    assert context.skills[:, :, 0].tolist() == [[1, 2], [2, 0], [1, 0], [0, 0]]
    assert context.skills[:, :, 2].tolist() == [[1, 1], [1, 0], [1, 0], [0, 0]]
    assert context.item.tolist() == [[1, 0, 1, 1], [1, 1, 0, 0], [0] * 4, [0] * 4]
    assert context.elapsed.tolist() == [[60, 60], [60, 120], [60, -1], [60, -1]]
    assert context.skill_elapsed.tolist() == [[60, 60], [60, -1], [60, -1], [-1, -1]]


def test_the_course_is_always_the_others() -> None:
    batch = Batch(["i2", "i1", None], [("b", "a"), ("a",), ("b",)])
    context = batch.context(STATE, known(batch, **COUNTS), 220.0)
    on_a, on_b, none = [3, 2, 2, 2], [1, 1, 0, 0], [0] * 4
    assert context.course_total.tolist() == [[6, 4, 3, 2]] * 3
    assert context.course_skills.tolist() == [[on_b, on_a], [on_a, none], [on_b, none]]
    assert context.course_item.tolist() == [none, [3, 2, 2, 1], none]


def test_the_vector_of_a_course_is_that_of_the_item_and_the_mean_of_its_skills() -> None:
    item_vectors, skill_vectors = np.array([[1, 0], [0, 2]], np.float32), np.array([[10, 0], [30, 4]], np.float32)
    table = CourseTable(["i1", "i2"], item_vectors, ["a", "b"], skill_vectors)
    vectors = CourseVectors(2, {"c": table})
    batch = Batch(["i2", "i1", None, "i9", None, "i1"], [("b", "a"), ("a", "new"), ("b",), ("a",), (), ()])
    told = batch.context(STATE, known(batch, vectors), 220.0).course_vector
    assert told.tolist() == [[20, 4], [6, 0], [30, 4], [10, 0], [0, 0], [1, 0]]


def test_another_model_or_course_looks_its_own_vectors_up() -> None:
    def of(value: float) -> CourseVectors:
        one = np.full((1, 1), value, np.float32)
        return CourseVectors(
            1, {course: CourseTable(["i"], n * one, [], one[:0]) for n, course in ((1, "c"), (2, "d"))}
        )

    batch, first, second = Batch(["i"], [()]), of(1), of(5)
    asked = [(first, "c"), (second, "c"), (second, "d"), (first, "c"), (first, "none")]
    assert [batch.vector(*each).tolist() for each in asked] == [[[1]], [[5]], [[10]], [[1]], [[0]]]


def test_an_item_may_be_there_twice() -> None:
    batch = Batch(["i1", "i2", "i1"], [("a",)] * 3)
    context = batch.context(STATE, known(batch, **COUNTS), 220.0)
    assert context.item[0].tolist() == context.item[2].tolist() == [1, 1, 0, 0]
    assert context.course_item[0].tolist() == context.course_item[2].tolist() == [3, 2, 2, 1]


def test_counts_lost_with_a_store_never_go_below_zero() -> None:
    batch = Batch(["i2"], [("b",)])
    context = batch.context(STATE, known(batch), 220.0)
    assert min(context.course_total.min(), context.course_item.min(), context.course_skills.min()) == 0


@pytest.mark.parametrize("now", [-1.0, float("nan"), float("inf")])
def test_unknown_now_makes_all_elapsed_unknown(now: float) -> None:
    batch = Batch(["i2"], [("b",)])
    context = batch.context(STATE, known(batch), now)
    assert context.elapsed.tolist() == [[-1, -1]]
    assert context.skill_elapsed.tolist() == [[-1]]


def test_a_clock_that_goes_backwards_reads_as_no_time_passed() -> None:
    assert since(np.array([100.0, -1.0]), 40.0).tolist() == [0, -1]


def test_a_response_counts_as_what_it_was_at_its_item() -> None:
    right = Response(id="r", course="c", learner="l", item="i", correct=True)
    wrong = Response(id="r", course="c", learner="l", item="i", correct=False)
    assert [tally(each, again) for each in (right, wrong) for again in (False, True)] == [
        (1, 1, 0, 0),
        (0, 0, 1, 1),
        (1, 0, 0, 0),
        (0, 0, 1, 0),
    ]


def test_outcome_of_seconds_that_are_none_is_unknown() -> None:
    for seconds in (float("nan"), float("inf"), -3.0):
        response = Response(id="r", course="c", learner="l", item="i", correct=True, score=0.5, hints=2, attempt=3)
        told = outcome(Response(**{f: getattr(response, f) for f in response.__struct_fields__} | {"seconds": seconds}))
        assert told.tolist() == [[1, 0.5, 2, -1, 3]]


def test_no_candidates_at_all() -> None:
    batch = Batch([], [])
    assert batch.context(STATE, known(batch), 1.0).learner.shape == (0, 4)
