import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.model import Dims, Observed
from serving.prior import PriorModel
from serving.state import STATE_VERSION, LearnerState, code, decode, encode, space
from serving.types import Response

DIMS = Dims(3, 4, 2, 1)


def codes(*keys: str) -> np.ndarray:
    return np.array([code(key) for key in keys], np.uint64)


def after(state: LearnerState, item: str, skills: tuple[str, ...], time: float, fill: float) -> LearnerState:
    response = Response(id="r", course="c", learner="l", item=item, skills=skills, correct=True, time=time)
    told = (np.full(1, 0.5), np.full(1, 4.0))
    vectors = (*told, np.full((1, 3), fill), np.full((1, max(1, len(skills)), 4), fill), np.full((1, 2), fill))
    return state.after(response, Observed(*(v.astype(np.float32) for v in vectors)))


def some_state() -> LearnerState:
    state = after(LearnerState.empty(DIMS), "i1", ("s1", "s2"), 1e9, 1)
    return after(after(state, "i2", ("s2",), 1e9 + 5, 2), "i3", (), 1e9 + 9, 3)


def test_survives_encoding_exactly() -> None:
    state = some_state()
    again = decode(encode(state), DIMS)
    assert again is not None
    assert encode(again) == encode(state)
    assert again.skills.gather(codes("s2", "s9", "s1"))[0][:, 0].tolist() == [2, 0, 1]
    assert again.items.gather(codes("i3"))[1].tolist() == [1e9 + 9]
    assert (again.last_item, again.last_skills, again.last) == (code("i3"), (), 1e9 + 9)


def test_every_item_keeps_its_own_row() -> None:
    state, items = LearnerState.empty(DIMS), [f"i{n}" for n in range(60)]
    for n, item in enumerate([*items, *items[::7]]):
        state = after(state, item, (f"s{n % 5}",), 1e9 + n, n)
    expected = {item: 60 + n // 7 if n % 7 == 0 else n for n, item in enumerate(items)}
    vectors, last = decode(encode(state), DIMS).items.gather(codes(*items, "never"))
    assert vectors[:, 0].tolist() == [*expected.values(), 0]
    assert last.tolist() == [*(1e9 + n for n in expected.values()), -1]
    assert len(state.items.codes) == 60


def test_a_table_out_of_order_or_with_a_key_twice_is_absent() -> None:
    raw = msgspec.msgpack.decode(encode(some_state()))
    for codes in (raw[5][0][8:] + raw[5][0][:8], raw[5][0][:8] * 3):
        assert len(codes) == len(raw[5][0])
        damaged = [*raw[:5], [codes, *raw[5][1:]], *raw[6:]]
        assert decode(msgspec.msgpack.encode(damaged), DIMS) is None


def test_a_response_leaves_the_state_before_it_as_it_was() -> None:
    before = some_state()
    kept = encode(before)
    after(before, "i1", ("s1",), 2e9, 7)
    assert encode(before) == kept


def test_a_clock_that_goes_backwards_does_not_turn_back_last_times() -> None:
    state = after(some_state(), "i1", ("s2",), 5.0, 4)
    assert state.last == 1e9 + 9
    assert state.skills.gather(codes("s2"))[1].tolist() == [1e9 + 5]


@pytest.mark.parametrize("dims", [Dims(2, 4, 2, 1), Dims(3, 5, 2, 1), Dims(3, 4, 1, 1)])
def test_state_of_other_dims_is_absent(dims: Dims) -> None:
    assert decode(encode(some_state()), dims) is None


def test_state_of_another_version_is_absent() -> None:
    raw = msgspec.msgpack.decode(encode(some_state()))
    raw[0] = STATE_VERSION + 1
    assert decode(msgspec.msgpack.encode(raw), DIMS) is None


@given(st.binary(max_size=40), st.integers(0, 400))
def test_damaged_state_is_absent_and_never_crashes(noise: bytes, cut: int) -> None:
    good = encode(some_state())
    assert decode(noise, DIMS) is None
    assert cut >= len(good) or decode(good[:cut], DIMS) is None
    damaged = decode(good[:cut] + noise + good[cut + len(noise) :], DIMS)
    assert damaged is None or isinstance(damaged, LearnerState)


def test_every_part_of_a_states_meaning_is_in_its_address() -> None:
    spaces = {space("a", DIMS), space("b", DIMS), space("a", Dims(3, 4, 3, 1)), space("a", Dims(4, 4, 2, 1))}
    assert len(spaces) == 4


@pytest.mark.parametrize("what", ["STATE_VERSION", "VERSION"])
def test_another_encoding_and_another_contract_have_states_and_counts_of_their_own(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prior's name and dims stay the same from release to release; columns of counts do not."""
    now = space("prior", PriorModel.dims)
    assert now != "prior~4.4.4~2"
    monkeypatch.setattr(f"serving.state.{what}", 99)
    assert space("prior", PriorModel.dims) != now


def test_is_compact() -> None:
    state = LearnerState.empty(DIMS)
    for n in range(200):
        state = after(state, f"block-v1:org+course+run+type@problem+block@{n:032x}#2_1", ("skill",), 1e9 + n, 1)
    assert len(encode(state)) < 200 * 32
