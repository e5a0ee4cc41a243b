"""The thirteen courses, from Parquet files in the folder that METAEDU_BENCH_DATA names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.day_one.log import Floats, Ints, Log
from bench.day_one.steps import first_rows, in_order, merged_skills
from metaedu_plugin.training.data import CourseData, Sequence

PLATFORMS = {
    "assist2009_akt": "ASSISTments",
    "assist2012_part": "ASSISTments",
    "assist2015_dkvmn": "ASSISTments",
    "assist2017_timed": "ASSISTments",
    "cogtutor_edm2016": "Cognitive Tutor",
    "statics2011_dkvmn": "OLI",
    "physics_course4": "LON-CAPA",
    "physics_comb_test": "LON-CAPA",
    "stats_textbook": "stats_textbook",
    "systems_course": "systems_course",
    "cs_exam": "cs_exam",
    "ednet_sample": "ednet",
    "eedi_sample": "eedi",
}
NAMES = tuple(PLATFORMS)
TITLES = {
    "assist2009_akt": "Maths, ASSISTments 2009",
    "assist2012_part": "Maths, ASSISTments 2012",
    "assist2015_dkvmn": "Maths, ASSISTments 2015",
    "assist2017_timed": "Maths, ASSISTments 2017",
    "cogtutor_edm2016": "Algebra, Cognitive Tutor",
    "statics2011_dkvmn": "Engineering statics, OLI",
    "physics_course4": "Physics, one course, LON-CAPA",
    "physics_comb_test": "Physics, six courses, LON-CAPA",
    "stats_textbook": "Statistics, e-textbook",
    "systems_course": "Computer systems",
    "cs_exam": "Computer science exams",
    "ednet_sample": "English (TOEIC), EdNet",
    "eedi_sample": "Maths, Eedi",
}
"""For people."""
PUBLISHED_SPLITS = {
    "assist2009_gervet": "ASSISTments",
    "statics2011_dkvmn": "OLI",
    "assist2015_pykt": "ASSISTments",
    "physics_course4": "LON-CAPA",
}
"""Sets with a column `split` (train, test) that papers report on, and their platforms."""
_OF_RESPONSE = ("correct", "score", "hints", "seconds", "attempt")
_A_ROW_PER_SKILL = ("assist2009_akt",)
_BREAK = 1800.0
"""Seconds between two starts that are a break and not the time taken."""

Columns = dict[str, NDArray[Any]]


def load(name: str) -> Log:
    """A course, one row per response. Raises KeyError for an unknown name or where METAEDU_BENCH_DATA is not set."""
    return to_log(name, {**PLATFORMS, **PUBLISHED_SPLITS}[name], _read(name))


def load_split(name: str) -> tuple[Log, Log]:
    """The training and the test learners of a published split."""
    columns, log = _read(name), load(name)
    test = np.isin(log.learners, columns["learner"][columns["split"] == "test"])
    return log.of(log.learners[~test]), log.of(log.learners[test])


def to_log(name: str, platform: str, columns: Columns) -> Log:
    """Columns as in the file, ordered by learner and position, as a log."""
    learner, item = columns["learner"].astype(np.int64), columns["item"].astype(np.int64)
    correct, skills = columns["correct"].astype(np.int64), _skills(columns["skill"])
    if name in _A_ROW_PER_SKILL:
        first = first_rows(learner, item, skills[:, 0], correct)
        skills = merged_skills(skills[:, 0], first)
        columns = {key: values[first] for key, values in columns.items()}
        learner, item, correct = learner[first], item[first], correct[first]
    outcome = correct.astype(np.float64)
    time = np.asarray(columns.get("timestamp", np.full(len(item), -1)), np.float64)
    return Log(
        name=name,
        platform=platform,
        learner=learner,
        item=item,
        skills=skills,
        correct=outcome,
        score=np.asarray(columns.get("score", outcome), np.float64),
        hints=np.asarray(columns.get("hints", np.zeros(len(item))), np.float64),
        seconds=_seconds(learner, time, columns),
        attempt=np.asarray(columns.get("attempts", _repeats(learner, item)), np.float64),
        time=time,
    )


def to_course(log: Log) -> CourseData:
    """The log as the plugin has it; learners, items and skills are named by their numbers.

    An unknown item becomes one pseudo item for each set of skills ("skills:3_17"); `facts["anonymous"]` is bool
    [items], true for those. An item that rows give different skills has them all.
    """
    known = log.item >= 0
    key = np.concatenate([np.where(known, log.item, -1)[:, None], np.where(known[:, None], -1, log.skills)], axis=1)
    kinds, item = np.unique(key, axis=0, return_inverse=True)
    skills = np.unique(log.skills[log.skills >= 0])
    pairs = np.stack([np.repeat(item.ravel(), log.skills.shape[1]), log.skills.ravel()], axis=1)
    pairs = np.unique(pairs[pairs[:, 1] >= 0], axis=0)
    per_item = np.split(np.searchsorted(skills, pairs[:, 1]), np.searchsorted(pairs[:, 0], np.arange(1, len(kinds))))
    ends = np.searchsorted(log.turn, np.arange(len(log.learners) + 1))

    def sequence(number: int, at: slice) -> Sequence:
        of_response = {c: getattr(log, c)[at].astype(np.float32) for c in _OF_RESPONSE}
        return Sequence(str(number), item.ravel()[at].astype(np.int32), **of_response, time=log.time[at])

    sequences = [sequence(n, slice(*ends[k : k + 2])) for k, n in enumerate(log.learners)]
    names = [
        str(kind[0]) if kind[0] >= 0 else "skills:" + "_".join(map(str, kind[1:][kind[1:] >= 0])) for kind in kinds
    ]
    tags = [s.astype(np.int32) for s in per_item] if len(kinds) else []
    return CourseData(
        key=log.name,
        items=names,
        skills=[str(s) for s in skills],
        item_skills=tags,
        sequences=sequences,
        facts={"anonymous": kinds[:, 0] < 0},
    )


def _read(name: str) -> Columns:
    from pyarrow import parquet  # noqa: PLC0415 - only where there are files

    table = parquet.read_table(Path(os.environ["METAEDU_BENCH_DATA"]) / f"{name}.parquet")
    columns = {key: table[key].to_numpy() for key in table.column_names}
    order = np.lexsort((columns["position"], columns["learner"]))
    return {key: values[order] for key, values in columns.items()}


def _skills(skill: NDArray[Any]) -> Ints:
    """[N, S]; several skills of a row are written "3_17"."""
    if skill.dtype.kind in "iu":
        return skill.astype(np.int64)[:, None]
    parts = [sorted({int(s) for s in str(text).split("_")} - {-1}) for text in skill]
    wide = np.full((len(parts), max(1, *(len(p) for p in parts))), -1, np.int64)
    for row, part in zip(wide, parts, strict=True):
        row[: len(part)] = part
    return in_order(wide)


def _repeats(learner: Ints, item: Ints) -> Ints:
    """[N] how often the learner has met the item, with this time; 1 for an unknown item."""
    order = np.lexsort((item, learner))
    who, what = learner[order], item[order]
    new = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])]
    count = np.arange(len(item)) - np.flatnonzero(new)[np.cumsum(new) - 1] + 1
    told = np.empty(len(item), np.int64)
    told[order] = count
    return np.where(item < 0, 1, told)


def _seconds(learner: Ints, time: Floats, columns: Columns) -> Floats:
    """[N] time to the next start, where starts are told; time since the row before, in an exam; -1 unknown."""
    taken = np.full(len(learner), -1.0)
    if "exam_ms" in columns:
        moment, exam = columns["exam_ms"] / 1000, columns["course"]
        same = np.r_[False, (learner[1:] == learner[:-1]) & (exam[1:] == exam[:-1])]
        taken = moment - np.where(same, np.r_[0.0, moment[:-1]], 0.0)
    elif len(time):
        both = (learner[1:] == learner[:-1]) & (time[:-1] >= 0) & (time[1:] >= 0)
        taken[:-1] = np.where(both, np.diff(time), -1.0)
    return np.where((taken >= 0) & (taken <= _BREAK), taken, -1.0)
