import numpy as np
import pytest

from serving.context import TOTAL, Batch, CourseState, Tally, item_key, outcome, since, skill_key, tally
from serving.prior import PriorModel
from serving.schema import CONTEXT
from serving.state import LearnerState
from serving.types import Response
from serving.vectors import CourseTable, CourseVectors

DIMS = PriorModel.dims


def answered(*responses: tuple[str, tuple[str, ...], bool, float]) -> LearnerState:
    state, model = LearnerState.empty(DIMS), PriorModel()
    for item, skills, correct, time in responses:
        response = Response(id="r", course="c", learner="l", item=item, skills=skills, correct=correct, time=time)
        batch = Batch([item], [skills])
        context = batch.context(batch.own(state), known(batch), time)
        state = state.after(response, model.observe(context, outcome(response)))
    return state


VECTORS = CourseVectors(DIMS.vector)


def known(batch: Batch, vectors: CourseVectors = VECTORS, **counts: Tally) -> CourseState:
    names = {"total": TOTAL, "i1": item_key("i1"), "i2": item_key("i2"), "a": skill_key("a"), "b": skill_key("b")}
    by_key = {names[name]: value for name, value in counts.items()}
    rows = np.array([by_key.get(key, (0, 0, 0, 0, 0)) for key in batch.keys], np.float32)
    return CourseState(rows, batch.vector(vectors, "c"))


STATE = answered(("i1", ("a",), True, 100.0), ("i2", ("a", "b"), False, 130.0), ("i2", ("a", "b"), True, 160.0))
COUNTS: dict[str, Tally] = {
    "total": (8, 5, 4, 3, 6),
    "a": (5, 3, 3, 3, 4),
    "b": (2, 1, 1, 1, 2),
    "i1": (4, 3, 2, 1, 4),
    "i2": (1, 0, 1, 1, 1),
}


def test_arrays_are_those_of_the_schema() -> None:
    batch = Batch(["i2", "i1", None, "i9"], [("b", "a"), ("a",), ("b",), ()])
    context = batch.context(batch.own(STATE), known(batch, **COUNTS), 220.0)
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
    context = batch.context(batch.own(STATE), known(batch, **COUNTS), 220.0)
    on_a, on_b, none = [3, 2, 2, 2, 3], [1, 1, 0, 0, 1], [0] * 5
    assert context.course_total.tolist() == [[6, 4, 3, 2, 5]] * 3
    assert context.course_skills.tolist() == [[on_b, on_a], [on_a, none], [on_b, none]]
    assert context.course_item.tolist() == [none, [3, 2, 2, 1, 3], none]


def test_a_learner_who_was_never_here_takes_nobody_off() -> None:
    batch = Batch(["i1"], [("a", "b")])
    context = batch.context(batch.own(LearnerState.empty(DIMS)), known(batch, **COUNTS), 220.0)
    assert context.course_total.tolist() == [[8, 5, 4, 3, 6]]
    assert context.course_skills.tolist() == [[[5, 3, 3, 3, 4], [2, 1, 1, 1, 2]]]
    assert context.course_item.tolist() == [[4, 3, 2, 1, 4]]


def test_own_counts_are_by_the_keys_of_the_batch_and_of_one_learner() -> None:
    batch = Batch([None, "i2", "i9"], [("b",), ("a", "b"), ("new",)])
    assert batch.keys == ["t", "s:b", "s:a", "s:new", "i:i2", "i:i9"]
    on_b, on_a, none = [1, 0, 1, 1, 1], [2, 1, 1, 1, 1], [0] * 5
    assert batch.own(STATE).added.tolist() == [[2, 1, 1, 1, 1], on_b, on_a, none, [1, 0, 1, 1, 1], none]
    assert batch.own(LearnerState.empty(DIMS)).added.tolist() == [none] * 6


def test_whoever_only_tried_again_on_a_skill_was_there_too() -> None:
    """The skill came to the item after the first attempt."""
    state = answered(("i1", ("a",), False, 1.0), ("i1", ("b",), True, 2.0))
    assert Batch(["i1"], [("a", "b")]).own(state).added.tolist() == [
        [1, 0, 1, 1, 1],
        [1, 0, 0, 0, 1],
        [0, 0, 1, 1, 1],
        [1, 0, 1, 1, 1],
    ]


TABLE = CourseTable(
    np.array([100, 7], np.float32),
    ["i1", "i2"],
    np.array([[1, 0], [0, 2]], np.float32),
    ["a", "b"],
    np.array([[10, 0], [30, 4]], np.float32),
)


def test_the_vector_of_a_course_is_that_of_the_item_and_the_mean_of_its_skills_and_the_courses_own() -> None:
    batch = Batch(["i2", "i1", None, "i9", None, "i1"], [("b", "a"), ("a", "new"), ("b",), ("a",), (), ()])
    course = known(batch, CourseVectors(2, {"c": TABLE}))
    told = batch.context(batch.own(STATE), course, 220.0).course_vector
    assert told.tolist() == [[120, 11], [106, 7], [130, 11], [110, 7], [100, 7], [101, 7]]


def test_a_courses_own_vector_is_every_items_of_it_and_of_no_other_course() -> None:
    nothing = np.zeros((0, 2), np.float32)
    elsewhere = CourseTable(np.array([-1, -2], np.float32), [], nothing, [], nothing)
    vectors = CourseVectors(2, {"c": TABLE, "d": elsewhere})
    for items, skills in (([None, "new"], [("a",), ("new",)]), ([None], [()])):
        batch = Batch(items, skills)
        there, other, unknown = (batch.vector(vectors, course) for course in ("c", "d", "none"))
        assert there[-1].tolist() == [100, 7]
        assert other.tolist() == [[-1, -2]] * len(items)
        assert not unknown.any()


def test_another_model_or_course_looks_its_own_vectors_up() -> None:
    def of(value: float) -> CourseVectors:
        one = np.full((1, 1), value, np.float32)
        return CourseVectors(
            1,
            {course: CourseTable(n * one[0], ["i"], n * 100 * one, [], one[:0]) for n, course in ((1, "c"), (2, "d"))},
        )

    batch, first, second = Batch(["i"], [()]), of(1), of(5)
    asked = [(first, "c"), (second, "c"), (second, "d"), (first, "c"), (first, "none")]
    assert [batch.vector(*each).tolist() for each in asked] == [[[101]], [[505]], [[1010]], [[101]], [[0]]]


def test_an_item_may_be_there_twice() -> None:
    batch = Batch(["i1", "i2", "i1"], [("a",)] * 3)
    context = batch.context(batch.own(STATE), known(batch, **COUNTS), 220.0)
    assert context.item[0].tolist() == context.item[2].tolist() == [1, 1, 0, 0]
    assert context.course_item[0].tolist() == context.course_item[2].tolist() == [3, 2, 2, 1, 3]


def test_counts_lost_with_a_store_never_go_below_zero() -> None:
    batch = Batch(["i2"], [("b",)])
    context = batch.context(batch.own(STATE), known(batch), 220.0)
    assert min(context.course_total.min(), context.course_item.min(), context.course_skills.min()) == 0


@pytest.mark.parametrize("now", [-1.0, float("nan"), float("inf")])
def test_unknown_now_makes_all_elapsed_unknown(now: float) -> None:
    batch = Batch(["i2"], [("b",)])
    context = batch.context(batch.own(STATE), known(batch), now)
    assert context.elapsed.tolist() == [[-1, -1]]
    assert context.skill_elapsed.tolist() == [[-1]]


def test_a_clock_that_goes_backwards_reads_as_no_time_passed() -> None:
    assert since(np.array([100.0, -1.0]), 40.0).tolist() == [0, -1]


def test_a_response_counts_as_what_it_was_at_its_item() -> None:
    right = Response(id="r", course="c", learner="l", item="i", correct=True)
    wrong = Response(id="r", course="c", learner="l", item="i", correct=False)
    never, before = np.zeros((3, 5), np.float32), np.array([[2, 1, 3, 0, 1]] * 3, np.float32)
    assert [tally(each, own).tolist() for each in (right, wrong) for own in (never, before)] == [
        [[1, 1, 0, 0, 1]] * 3,
        [[0, 0, 1, 1, 0]] * 3,
        [[1, 0, 0, 0, 1]] * 3,
        [[0, 0, 1, 0, 0]] * 3,
    ]


def test_a_learner_is_added_wherever_they_were_not_yet() -> None:
    """Course, two skills and the item: each is told apart, and the item alone says whether it is a later attempt."""
    right = Response(id="r", course="c", learner="l", item="i", correct=True)
    some, later, none = [2, 1, 1, 1, 1], [0, 0, 1, 0, 1], [0] * 5
    new_item = tally(right, np.array([some, later, none, none], np.float32))
    assert new_item.tolist() == [[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]]
    new_skill = tally(right, np.array([some, none, some, some], np.float32))
    assert new_skill.tolist() == [[0, 0, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0]]


def test_outcome_of_seconds_that_are_none_is_unknown() -> None:
    for seconds in (float("nan"), float("inf"), -3.0):
        response = Response(id="r", course="c", learner="l", item="i", correct=True, score=0.5, hints=2, attempt=3)
        told = outcome(Response(**{f: getattr(response, f) for f in response.__struct_fields__} | {"seconds": seconds}))
        assert told.tolist() == [[1, 0.5, 2, -1, 3]]


def test_no_candidates_at_all() -> None:
    batch = Batch([], [])
    assert batch.context(batch.own(STATE), known(batch), 1.0).learner.shape == (0, 4)
