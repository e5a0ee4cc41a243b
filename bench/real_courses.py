"""Real courses in memory, from the columns of a file; for measurements that need no database."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData, Sequence


def course_from(name: str, columns: dict[str, NDArray[np.generic]]) -> CourseData:
    """A course from columns learner, item, skill, correct and, where known, timestamp; in order within a learner.

    Skills are integers or strings such as `3_17`; items of -1 are not known: one anonymous item for each set of skills.
    """
    learner, correct = columns["learner"], columns["correct"].astype(np.float32)
    texts = columns["skill"].astype(str)
    sets, which = np.unique(texts, return_inverse=True)
    tags = [[part for part in text.split("_") if part not in ("-1", "nan", "None", "")] for text in sets]
    skills = sorted({part for parts in tags for part in parts})
    place = {part: row for row, part in enumerate(skills)}
    named = bool((columns["item"] != -1).all())
    source = columns["item"] if named else which
    items, item = np.unique(source, return_inverse=True)
    item_skills: list[set[int]] = [set() for _ in items]
    for one, several in np.unique(np.stack([item, which]), axis=1).T:
        item_skills[one].update(place[part] for part in tags[several])
    order = np.argsort(learner, kind="stable")
    bounds = np.flatnonzero(np.r_[True, np.diff(learner[order]) != 0, True])
    time = columns["timestamp"].astype(float) if "timestamp" in columns else np.full(len(item), -1.0)
    sequences = []
    for start, end in pairwise(bounds):
        rows = order[start:end]
        unknown, zero = np.full(len(rows), -1.0, np.float32), np.zeros(len(rows), np.float32)
        sequences.append(
            Sequence(
                learner=str(learner[rows[0]]),
                item=item[rows].astype(np.int32),
                correct=correct[rows],
                score=correct[rows],
                hints=zero,
                seconds=unknown,
                attempt=zero + 1.0,
                time=time[rows],
            )
        )
    return CourseData(
        key=name,
        items=[str(text) for text in items],
        skills=skills,
        item_skills=[np.array(sorted(several), np.int32) for several in item_skills],
        sequences=sequences,
        facts={"anonymous": np.full(len(items), not named)},
    )
