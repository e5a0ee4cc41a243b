"""One row per response: a step with several skills, written as a row for each, is one response with several skills."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bench.day_one.log import Ints


def first_rows(learner: Ints, item: Ints, skill: Ints, correct: Ints) -> Ints:
    """[R] index of the first row of each response, of N rows with one skill each.

    Rows in a row with the same learner, known item and outcome, each with another skill, are one response: whoever
    saw the first would know the others. The same skill once more is another response.
    """
    new = np.ones(len(item), np.bool_)
    new[1:] = (learner[1:] != learner[:-1]) | (item[1:] != item[:-1]) | (correct[1:] != correct[:-1]) | (item[1:] < 0)
    starts = np.append(np.flatnonzero(new), len(item))
    for begin, end in pairwise(starts):
        if end - begin == 1:
            continue
        known: set[int] = set()
        for row in range(begin, end):
            if int(skill[row]) in known:
                new[row] = True
                known.clear()
            known.add(int(skill[row]))
    return np.flatnonzero(new)


def merged_skills(skill: Ints, first: Ints) -> Ints:
    """[R, S] skills of each response in rising order, -1 at the end; `first` is the index of its first row."""
    rows = np.diff(np.append(first, len(skill)))
    wide = np.full((len(first), int(rows.max(initial=1))), -1, np.int64)
    response = np.repeat(np.arange(len(first)), rows)
    wide[response, np.arange(len(skill)) - first[response]] = skill
    return in_order(wide)


def in_order(skills: Ints) -> Ints:
    """[R, S] each row in rising order with the -1 at the end."""
    last = np.iinfo(np.int64).max
    ordered = np.sort(np.where(skills < 0, last, skills), axis=1)
    return np.where(ordered == last, -1, ordered)
