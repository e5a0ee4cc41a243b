"""The counts of a course, made of its stored answers: for who has the model, but not the store that has counted."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

import numpy as np
from django.dispatch import receiver
from numpy.typing import NDArray

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from serving.context import TOTAL, Tally, item_key, skill_key
from serving.model import Model
from serving.state import space
from serving.stores.base import Address, Commit, Store
from serving.stores.memory import MemoryStore

MOST: Final = 20_000
"""Answers that are read: of a large course, those that came first."""
KEEP_SECONDS: Final = 60.0
KEPT: Final = 8
LEARNER, ITEM, CORRECT, TIME = 1, 2, 4, 8
"""Places in `capture.course_rows`; the id stands first."""

_lock = threading.Lock()
_kept: dict[str, tuple[float, Answers]] = {}


class Answers:
    """N answers of a course in codes, ordered by learner, item and time."""

    def __init__(self, course: str) -> None:
        rows: list[tuple[Any, ...]] = []
        for chunk in capture.course_rows(course=course):
            rows += chunk
            if len(rows) >= MOST:
                break
        rows.sort(key=lambda row: (row[LEARNER], row[ITEM], row[TIME].timestamp() if row[TIME] else 0.0, row[0]))
        self.learners, self.learner = _coded([row[LEARNER] for row in rows])
        self.items, self.item = _coded([row[ITEM] for row in rows])
        self.correct = np.array([bool(row[CORRECT]) for row in rows], np.bool_)
        tags = curriculum.skills_of(course=course, items=self.items)
        self.skills = [tags[item] for item in self.items]

    def counts(self, *, without: str = "") -> dict[str, Tally]:
        """What these answers, but for those of one learner, add to a course's counts, by key."""
        keep = self.learner != (self.learners.index(without) if without in self.learners else -1)
        learner, item, correct = self.learner[keep], self.item[keep], self.correct[keep]
        first = np.ones(len(item), np.bool_)
        first[1:] = (learner[1:] != learner[:-1]) | (item[1:] != item[:-1])
        by_skill: dict[str, list[int]] = {}
        for place, skills in enumerate(self.skills):
            for skill in skills:
                by_skill.setdefault(skill, []).append(place)
        asked = {TOTAL: list(range(len(self.items)))}
        asked |= {item_key(key): [place] for place, key in enumerate(self.items)}
        asked |= {skill_key(skill): places for skill, places in by_skill.items()}
        found = {}
        for key, places in asked.items():
            at = np.isin(item, places)
            found[key] = _tally(learner[at], first[at], correct[at])
        return found


def counted(model: Model, *, course: str, without: str = "") -> Store:
    """A store with the counts of a course, as this model keeps them, and no learner's state."""
    store = MemoryStore()
    with _lock:
        kept = _kept.get(course)
        if kept is None or time.monotonic() - kept[0] > KEEP_SECONDS:
            if len(_kept) >= KEPT:
                _kept.clear()
            kept = _kept[course] = (time.monotonic(), Answers(course))
    write = Commit(["counted"], 0, b"", kept[1].counts(without=without))
    store.commit(Address(space(model.name, model.dims), course, ""), write)
    return store


@receiver(capture.learner_forgotten)
def forget(**_: Any) -> None:
    """Somebody was retired: no answers are kept."""
    _kept.clear()


def _coded(names: list[str]) -> tuple[list[str], NDArray[np.intp]]:
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(name, len(places)) for name in names], np.intp)
    return list(places), codes


def _tally(learner: NDArray[np.intp], first: NDArray[np.bool_], correct: NDArray[np.bool_]) -> Tally:
    """First answers to an item, right ones of them, later ones, right ones of them, and learners."""
    at_first, right = int(first.sum()), int((first & correct).sum())
    return (at_first, right, len(first) - at_first, int(correct.sum()) - right, len(np.unique(learner)))
