"""The learner state: the small arrays that stand for all that was observed of one learner in one course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from serving.model import Dims, Floats, Observed
from serving.schema import VERSION
from serving.types import UNKNOWN, Response

STATE_VERSION = 2
"""Version of the encoding; part of every state's address, see `space`."""

NOTHING = 0
"""The code of no item and no skill."""

Codes = NDArray[np.uint64]


@lru_cache(maxsize=65536)
def code(key: str) -> int:
    """64-bit code of an item or skill key: platform keys take a hundred bytes, and a state holds hundreds of them."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def space(name: str, dims: Dims) -> str:
    """The address under which a model's states and counts are kept.

    All that gives a state its meaning is part of it, so a new champion, a new encoding, or a new contract of what is
    counted, starts its own states and its own course counts. A replay of stored responses into it then counts each of
    them once, and a roll-back finds the states of the older version as they were.
    """
    return f"{name}~{dims.learner}.{dims.skill}.{dims.item}~{STATE_VERSION}.{VERSION}"


def dims_of(space: str) -> Dims | None:
    """The dims of a space's states (states have none of V: 0); None for a space of another encoding or contract."""
    _, *rest = space.rsplit("~", 2)
    if len(rest) != 2 or rest[1] != f"{STATE_VERSION}.{VERSION}":
        return None
    dims = rest[0]
    learner, skill, item = map(int, dims.split("."))
    return Dims(learner, skill, item, 0)


@dataclass(frozen=True)
class Table:
    """Vectors by item or skill: N rows of width W. Never changed in place."""

    codes: Codes
    """Whose row it is, [N], ascending."""
    vectors: Floats
    last: NDArray[np.float64]
    """Epoch seconds of the last response, -1 unknown; [N]."""

    @classmethod
    def empty(cls, width: int) -> Table:
        """A table without rows."""
        return cls(np.zeros(0, np.uint64), np.zeros((0, width), np.float32), np.zeros(0, np.float64))

    def gather(self, codes: Codes) -> tuple[Floats, NDArray[np.float64]]:
        """Vectors [len(codes), W] and last times; zeros and -1 for what was never seen."""
        if not len(self.codes):
            return np.zeros((len(codes), self.vectors.shape[1]), np.float32), np.full(len(codes), UNKNOWN)
        rows, there = self._find(codes)
        vectors = self.vectors.take(rows, axis=0)
        vectors[~there] = 0.0
        return vectors, np.where(there, self.last.take(rows), UNKNOWN)

    def put(self, codes: Codes, vectors: Floats, time: float) -> Table:
        """A table in which these rows are new; `vectors` is [len(codes), W]."""
        where, there = self._find(codes)
        grown, last = self.vectors, self.last
        if there.all():
            table, grown, last = self.codes, grown.copy(), last.copy()
        else:
            new = np.unique(codes[~there])
            table = np.concatenate([self.codes, new])
            order = table.argsort(kind="stable")
            table = table[order]
            grown = np.concatenate([grown, np.zeros((len(new), grown.shape[1]), np.float32)])[order]
            last = np.concatenate([last, np.full(len(new), UNKNOWN)])[order]
            where = table.searchsorted(codes)
        grown[where] = vectors
        last[where] = np.maximum(last[where], time)
        return Table(table, grown, last)

    def _find(self, codes: Codes) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        if not len(self.codes):
            return np.zeros(len(codes), np.intp), np.zeros(len(codes), np.bool_)
        rows = np.minimum(self.codes.searchsorted(codes), len(self.codes) - 1)
        return rows, self.codes[rows] == codes


@dataclass(frozen=True)
class LearnerState:
    """What a model keeps of one learner in one course. Never changed in place."""

    vector: Floats
    last: float
    """Epoch seconds of the last response, -1 unknown."""
    skills: Table
    items: Table
    last_item: int = 0
    """Code of the item answered last, 0 none: what is at hand. Of one submission's parts, the last wrong one."""
    last_skills: tuple[int, ...] = ()
    """Codes of its skills."""
    last_correct: bool = True

    @classmethod
    def empty(cls, dims: Dims) -> LearnerState:
        """The state of a learner that nothing is known of."""
        return cls(np.zeros(dims.learner, np.float32), UNKNOWN, Table.empty(dims.skill), Table.empty(dims.item))

    def after(self, response: Response, observed: Observed) -> LearnerState:
        """The state after a response; `observed` is the model's answer for this one learner-item pair."""
        item, time = code(response.item), response.time
        skills = tuple(code(skill) for skill in response.skills)
        # The parts of one submission have one time: a right part does not hide that another one was wrong.
        still_wrong = not self.last_correct and response.correct and time == self.last != UNKNOWN
        at_hand = self if still_wrong and item != self.last_item else None
        return LearnerState(
            vector=observed.learner[0],
            last=max(self.last, time),
            skills=self.skills.put(np.array(skills, np.uint64), observed.skills[0, : len(skills)], time),
            items=self.items.put(np.array([item], np.uint64), observed.item, time),
            last_item=at_hand.last_item if at_hand else item,
            last_skills=at_hand.last_skills if at_hand else skills,
            last_correct=response.correct and not at_hand,
        )


class _Table(msgspec.Struct, array_like=True):
    codes: bytes
    vectors: bytes
    last: bytes


class _State(msgspec.Struct, array_like=True):
    version: int
    dims: tuple[int, int, int]
    vector: bytes
    last: float
    skills: _Table
    items: _Table
    last_item: int
    last_skills: tuple[int, ...]
    last_correct: bool


NO_TABLE = _Table(b"", b"", b"")
_decoder = msgspec.msgpack.Decoder(_State)
_encoder = msgspec.msgpack.Encoder()


def encode(state: LearnerState) -> bytes:
    """Compact msgpack: little-endian float32 vectors, float64 times, 64-bit codes."""
    dims = (len(state.vector), state.skills.vectors.shape[1], state.items.vectors.shape[1])
    return _encoder.encode(
        _State(
            STATE_VERSION,
            dims,
            _bytes(state.vector, "<f4"),
            state.last,
            _pack(state.skills),
            _pack(state.items),
            state.last_item,
            state.last_skills,
            state.last_correct,
        )
    )


def decode(blob: bytes, dims: Dims) -> LearnerState | None:
    """The state, or None for one that this model cannot read: other version, other dims, damaged."""
    raw = _raw(blob, dims)
    if raw is None:
        return None
    try:
        return LearnerState(
            vector=np.frombuffer(raw.vector, "<f4").astype(np.float32, copy=False),
            last=raw.last,
            skills=_unpack(raw.skills, dims.skill),
            items=_unpack(raw.items, dims.item),
            last_item=raw.last_item,
            last_skills=raw.last_skills,
            last_correct=raw.last_correct,
        )
    except ValueError:
        return None


class Tables(NamedTuple):
    """The tables of several learners, one after the other: R rows in all."""

    learner: NDArray[np.intp]
    """[R] whose table a row is of."""
    codes: Codes
    vectors: Floats
    last: NDArray[np.float64]
    learners: int

    @classmethod
    def of(cls, tables: Sequence[Table]) -> Tables:
        """The tables of learners, one or more."""
        learner = np.arange(len(tables)).repeat([len(each.codes) for each in tables])
        codes, vectors, last = map(np.concatenate, zip(*((t.codes, t.vectors, t.last) for t in tables), strict=True))
        return cls(learner, codes, vectors, last, len(tables))

    def gather(self, codes: Codes) -> tuple[Floats, NDArray[np.float64]]:
        """As `Table.gather` of each learner: [L, len(codes), W] and [L, len(codes)]."""
        asked, place = np.unique(codes, return_inverse=True)
        vectors = np.zeros((self.learners, len(asked), self.vectors.shape[1]), np.float32)
        last = np.full((self.learners, len(asked)), UNKNOWN)
        at = np.minimum(asked.searchsorted(self.codes), max(0, len(asked) - 1))
        there = (asked[at] == self.codes).nonzero()[0] if len(asked) else np.zeros(0, np.intp)
        vectors[self.learner[there], at[there]] = self.vectors[there]
        last[self.learner[there], at[there]] = self.last[there]
        return vectors.take(place, axis=1), last.take(place, axis=1)


class States(NamedTuple):
    """The states of L learners side by side, to be looked at together."""

    vector: Floats
    """[L, G]"""
    last: NDArray[np.float64]
    """[L]"""
    skills: Tables
    items: Tables

    @classmethod
    def of(cls, states: Sequence[LearnerState]) -> States:
        """These, one or more."""
        return cls(
            vector=np.stack([state.vector for state in states]),
            last=np.array([state.last for state in states], np.float64),
            skills=Tables.of([state.skills for state in states]),
            items=Tables.of([state.items for state in states]),
        )


def decode_many(blobs: Sequence[bytes | None], dims: Dims) -> States:
    """As `decode` of each; who has no state that can be read has an empty one."""
    empty = _State(STATE_VERSION, dims[:3], bytes(4 * dims.learner), UNKNOWN, NO_TABLE, NO_TABLE, 0, (), True)
    raws = [raw if blob and (raw := _raw(blob, dims)) else empty for blob in blobs]
    vector = np.frombuffer(b"".join([raw.vector for raw in raws]), "<f4").reshape(len(raws), dims.learner)
    last = np.array([raw.last for raw in raws], np.float64)
    skills = _together([raw.skills for raw in raws], dims.skill)
    return States(
        vector.astype(np.float32, copy=False), last, skills, _together([raw.items for raw in raws], dims.item)
    )


def _together(tables: Sequence[_Table], width: int) -> Tables:
    codes, vectors, last = (
        np.frombuffer(b"".join([getattr(each, name) for each in tables]), kind)
        for name, kind in (("codes", "<u8"), ("vectors", "<f4"), ("last", "<f8"))
    )
    learner = np.repeat(np.arange(len(tables)), [len(each.codes) // 8 for each in tables])
    return Tables(learner, codes.astype(np.uint64, copy=False), vectors.reshape(len(codes), width), last, len(tables))


def _raw(blob: bytes, dims: Dims) -> _State | None:
    """What a blob holds, if it is of this version and these dims and has all of its bytes."""
    try:
        raw = _decoder.decode(blob)
    except msgspec.MsgspecError:
        return None
    whole = all(
        len(table.codes) % 8 == 0
        and len(table.last) == len(table.codes)
        and 2 * len(table.vectors) == width * len(table.codes)
        for table, width in ((raw.skills, dims.skill), (raw.items, dims.item))
    )
    right = raw.version == STATE_VERSION and raw.dims == dims[:3] and len(raw.vector) == 4 * dims.learner
    return raw if whole and right else None


def _bytes(array: NDArray[Any], dtype: str) -> bytes:
    return array.astype(dtype, copy=False).tobytes()


def _pack(table: Table) -> _Table:
    return _Table(_bytes(table.codes, "<u8"), _bytes(table.vectors, "<f4"), _bytes(table.last, "<f8"))


def _unpack(raw: _Table, width: int) -> Table:
    codes = np.frombuffer(raw.codes, "<u8").astype(np.uint64, copy=False)
    vectors = np.frombuffer(raw.vectors, "<f4").reshape(len(codes), width)
    last = np.frombuffer(raw.last, "<f8")
    if not np.all(codes[1:] > codes[:-1]):
        raise ValueError("a damaged table")
    return Table(codes, vectors, last)
