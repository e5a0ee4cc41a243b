"""Which of a learner's earlier responses bear on a row: numbered (learner, item) and (learner, skill) pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.evaluation.rows import Floats, Ints, Rows


@dataclass(frozen=True)
class Pairs:
    """Numbers of pairs, so that what is kept of a pair is a row of one array. N rows, at most S skills an item."""

    item: Ints
    """[N] number of the row's (learner, item) pair."""
    items: int
    """How many such pairs there are."""
    skill: Ints
    """[N, S] number of each (learner, skill) pair; `skills` where the item has no further skill."""
    skills: int
    skill_id: Ints
    """[N, S] index into the course's skills; 0 where masked."""
    mask: NDArray[np.bool_]
    """[N, S]"""


def pairs(rows: Rows) -> Pairs:
    """Number the pairs of the rows."""
    course = rows.course
    widest = max((len(s) for s in course.item_skills), default=0)
    by_item = np.full((len(course.items), max(1, widest)), -1, np.int64)
    for number, skills in enumerate(course.item_skills):
        by_item[number, : len(skills)] = skills
    skill_id = by_item[rows.item]
    mask = skill_id >= 0
    item_values, item = np.unique(rows.learner * len(course.items) + rows.item, return_inverse=True)
    flat = (rows.learner[:, None] * max(1, len(course.skills)) + skill_id)[mask]
    skill_values, numbers = np.unique(flat, return_inverse=True)
    skill = np.full(skill_id.shape, len(skill_values), np.int64)
    skill[mask] = numbers
    return Pairs(
        item=item,
        items=len(item_values),
        skill=skill,
        skills=len(skill_values),
        skill_id=np.where(mask, skill_id, 0),
        mask=mask,
    )


def submissions(rows: Rows) -> Iterator[tuple[Ints, list[Ints]]]:
    """All learners side by side, submission by submission: (rows to predict, the same rows in turns to observe).

    A turn has at most one row of each learner.
    """
    if not len(rows):
        return
    place = np.arange(len(rows)) - _first_of_submission(rows)
    order = np.lexsort((place, rows.submission))
    cuts = np.flatnonzero(np.diff(rows.submission[order])) + 1
    for together in np.split(order, cuts):
        turn = place[together]
        if turn[-1] == 0:
            yield together, [together]
        else:
            yield together, np.split(together, np.flatnonzero(np.diff(turn)) + 1)


def _first_of_submission(rows: Rows) -> Ints:
    new = np.ones(len(rows), np.bool_)
    new[1:] = (rows.learner[1:] != rows.learner[:-1]) | (rows.submission[1:] != rows.submission[:-1])
    return np.asarray(np.flatnonzero(new)[np.cumsum(new) - 1])


@dataclass(frozen=True)
class Tallies:
    """Responses and right ones: [items, 2], [skills, 2] and [2]."""

    item: Floats
    skill: Floats
    total: Floats


def tallies(rows: Rows | None, items: int, skills: int) -> Tallies:
    """Count these rows, first and later attempts alike; zeros when there are none."""
    if rows is None or not len(rows):
        return Tallies(np.zeros((items, 2)), np.zeros((skills, 2)), np.zeros(2))
    numbered = pairs(rows)
    each = (np.ones(len(rows)), rows.correct)
    flat = numbered.skill_id[numbered.mask]
    on_skill = [np.broadcast_to(column[:, None], numbered.mask.shape)[numbered.mask] for column in each]
    return Tallies(
        np.stack([np.bincount(rows.item, column, items) for column in each], axis=1),
        np.stack([np.bincount(flat, column, skills) for column in on_skill], axis=1),
        np.array([len(rows), rows.correct.sum()]),
    )
