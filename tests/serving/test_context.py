import numpy as np
import pytest

from serving.context import TOTAL, Batch, deltas, item_key, outcome, since, skill_key
from serving.model import Dims
from serving.prior import PriorModel
from serving.schema import CONTEXT
from serving.state import LearnerState
from serving.types import Response

DIMS = Dims(2, 2, 2)


def answered(*responses: tuple[str, tuple[str, ...], bool, float]) -> LearnerState:
    state, model = LearnerState.empty(DIMS), PriorModel()
    for item, skills, correct, time in responses:
        response = Response(id="r", course="c", learner="l", item=item, skills=skills, correct=correct, time=time)
        batch = Batch([item], [skills])
        context = batch.context(state, np.zeros((len(batch.keys), 2), np.float32), time)
        state = state.after(response, model.observe(context, outcome(response)))
    return state


STATE = answered(("i1", ("a",), True, 100.0), ("i2", ("a", "b"), False, 160.0))


def counts(batch: Batch, **known: tuple[int, int]) -> np.ndarray:
    names = {"total": TOTAL, "i1": item_key("i1"), "i2": item_key("i2"), "a": skill_key("a"), "b": skill_key("b")}
    by_key = {names[name]: value for name, value in known.items()}
    return np.array([by_key.get(key, (0, 0)) for key in batch.keys], np.float32)


def test_arrays_are_those_of_the_schema() -> None:
    batch = Batch(["i2", "i1", None, "i9"], [("b", "a"), ("a",), ("b",), ()])
    context = batch.context(STATE, counts(batch, total=(10, 6), a=(6, 4), b=(3, 1), i1=(4, 3), i2=(1, 0)), 220.0)
    assert context._fields == CONTEXT
    assert {array.dtype for array in context} == {np.dtype(np.float32)}
    assert context.skill_mask.tolist() == [[1, 1], [1, 0], [1, 0], [0, 0]]
    assert context.learner.tolist() == [[2, 1]] * 4
    assert context.skills[:, :, 0].tolist() == [[1, 2], [2, 0], [1, 0], [0, 0]]
    assert context.item.tolist() == [[1, 0], [1, 1], [0, 0], [0, 0]]
    assert context.elapsed.tolist() == [[60, 60], [60, 120], [60, -1], [60, -1]]
    assert context.skill_elapsed.tolist() == [[60, 60], [60, -1], [60, -1], [-1, -1]]


def test_the_course_is_always_the_others() -> None:
    batch = Batch(["i2", "i1", None], [("b", "a"), ("a",), ("b",)])
    context = batch.context(STATE, counts(batch, total=(10, 6), a=(6, 4), b=(3, 1), i1=(4, 3), i2=(1, 0)), 220.0)
    assert context.course_total.tolist() == [[8, 5]] * 3
    assert context.course_skills.tolist() == [[[2, 1], [4, 3]], [[4, 3], [0, 0]], [[2, 1], [0, 0]]]
    assert context.course_item.tolist() == [[0, 0], [3, 2], [0, 0]]


def test_counts_lost_with_a_store_never_go_below_zero() -> None:
    batch = Batch(["i2"], [("b",)])
    context = batch.context(STATE, counts(batch), 220.0)
    assert min(context.course_total.min(), context.course_item.min(), context.course_skills.min()) == 0


@pytest.mark.parametrize("now", [-1.0, float("nan"), float("inf")])
def test_unknown_now_makes_all_elapsed_unknown(now: float) -> None:
    batch = Batch(["i2"], [("b",)])
    context = batch.context(STATE, counts(batch), now)
    assert context.elapsed.tolist() == [[-1, -1]]
    assert context.skill_elapsed.tolist() == [[-1]]


def test_a_clock_that_goes_backwards_reads_as_no_time_passed() -> None:
    assert since(np.array([100.0, -1.0]), 40.0).tolist() == [0, -1]


def test_deltas_count_an_item_its_skills_and_the_course() -> None:
    response = Response(id="r", course="c", learner="l", item="i", skills=("a", "b"), correct=True)
    assert deltas(response) == dict.fromkeys([TOTAL, item_key("i"), skill_key("a"), skill_key("b")], (1, 1))


def test_outcome_of_seconds_that_are_none_is_unknown() -> None:
    for seconds in (float("nan"), float("inf"), -3.0):
        response = Response(id="r", course="c", learner="l", item="i", correct=True, score=0.5, hints=2, attempt=3)
        told = outcome(Response(**{f: getattr(response, f) for f in response.__struct_fields__} | {"seconds": seconds}))
        assert told.tolist() == [[1, 0.5, 2, -1, 3]]


def test_no_candidates_at_all() -> None:
    batch = Batch([], [])
    assert batch.context(STATE, counts(batch), 1.0).learner.shape == (0, 2)
