"""What rows share: an item, a skill, a learner's past with either."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.day_one.log import Floats, Ints, Log

_FACTOR, _LARGEST = 1_000_003, 2**62


def item_keys(log: Log) -> Ints:
    """[N] the item; where it is unknown, a negative number for the set of skills."""
    mixed = np.zeros(len(log), np.uint64)
    for column in log.skills.T:
        mixed = mixed * np.uint64(_FACTOR) + (column + 2).astype(np.uint64)
    return np.where(log.item >= 0, log.item, -1 - (mixed % np.uint64(_LARGEST)).astype(np.int64))


@dataclass(frozen=True)
class Pairs:
    """Each row with each of its skills: P pairs. A row without skills has its item for one."""

    row: Ints
    """[P], rising."""
    skill: Ints
    """[P] key of the skill."""

    def mean(self, value: Floats, rows: int) -> Floats:
        """[N] mean of a value [P] over the row's skills."""
        return np.asarray(np.bincount(self.row, weights=value, minlength=rows) / np.bincount(self.row, minlength=rows))


def skill_pairs(log: Log) -> Pairs:
    """Each row's skills; the key of an item that stands for one is negative."""
    row, column = np.nonzero(log.skills >= 0)
    bare = np.flatnonzero((log.skills < 0).all(axis=1))
    rows, keys = np.r_[row, bare], np.r_[log.skills[row, column], -1 - item_keys(log)[bare] % _LARGEST]
    order = np.argsort(rows, kind="stable")
    return Pairs(rows[order], keys[order])


class Vocabulary:
    """Keys to columns, made on the support; what was not met there has no column (-1)."""

    def __init__(self, keys: Ints) -> None:
        self.keys = np.unique(keys)

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, keys: Ints) -> Ints:
        """[N] columns."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, place, -1)


def groups(*keys: Ints) -> Ints:
    """[N] number from 0 of each combination of keys."""
    number = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        dense = np.unique(key, return_inverse=True)[1].ravel()
        number = np.unique(number * (dense.max(initial=0) + 1) + dense, return_inverse=True)[1].ravel()
    return number


class Past:
    """Sums over the earlier members of each group, in the order of the rows."""

    def __init__(self, group: Ints) -> None:
        by_group = np.argsort(group, kind="stable")
        ordered = group[by_group]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(group) else np.zeros(0, np.int64)
        length = np.diff(np.append(starts, len(group)))
        rank = np.arange(len(group)) - np.repeat(starts, length)
        # Longest groups first, so that the members of one rank are the first so many groups.
        turn = np.empty(len(length), np.int64)
        turn[np.argsort(-length, kind="stable")] = np.arange(len(length))
        self.order = by_group[np.lexsort((np.repeat(turn, length), rank))]
        """[N] rows by rank in the group, then by group."""
        self.per_rank = np.bincount(rank) if len(group) else np.zeros(0, np.int64)

    def sum(self, values: Floats, decay: float = 1.0) -> Floats:
        """[N] sum of the earlier values, each multiplied by `decay` for every later member."""
        ordered, told = values[self.order], np.zeros(len(values))
        end, last = 0, np.zeros(int(self.per_rank[0]) if len(self.per_rank) else 0)
        for count in self.per_rank:
            begin, end = end, end + int(count)
            last = last[:count]
            told[begin:end] = last
            last = decay * (last + ordered[begin:end])
        back = np.empty_like(told)
        back[self.order] = told
        return back
