"""Responses as the worker reads them, and the codes that models are given for skills and items."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
UNKNOWN = 0


@dataclass(frozen=True)
class Responses:
    """One row per response, learner by learner, each learner's rows in the order of answering.

    learner [R], item [R] (-1: none), skills [R, S] (padded with -1), correct [R] (0/1), time [R] (s; -1 unknown).
    """

    learner: Ints
    item: Ints
    skills: Ints
    correct: Floats
    time: Floats

    @classmethod
    def read(cls, path: Path) -> Responses:
        """The arrays of an npz; raises KeyError when one is missing."""
        with np.load(path) as file:
            skills = np.asarray(file["skills"], dtype=np.int64)
            correct = np.asarray(file["correct"], dtype=np.float64)
            return cls(
                np.asarray(file["learner"], dtype=np.int64),
                np.asarray(file["item"], dtype=np.int64),
                skills.reshape(len(skills), -1),
                correct,
                np.asarray(file["time"], dtype=np.float64) if "time" in file else np.full(len(correct), -1.0),
            )

    def take(self, rows: Ints) -> Responses:
        """These rows, in this order."""
        return Responses(self.learner[rows], self.item[rows], self.skills[rows], self.correct[rows], self.time[rows])

    def by_learner(self) -> list[Ints]:
        """Each learner's rows, in order; learners in order of their first row."""
        if not len(self.learner):
            return []
        order = np.argsort(self.learner, kind="stable")
        runs = np.split(order, np.flatnonzero(np.diff(self.learner[order])) + 1)
        return sorted(runs, key=lambda rows: int(rows[0]))

    def split(self, share: float, seed: int) -> tuple[Responses, Responses]:
        """Two parts by learner; the second has `share` of the learners, at least one (none of one learner)."""
        runs = self.by_learner()
        held = max(1, round(share * len(runs))) if len(runs) > 1 else 0
        chosen = np.random.default_rng(seed).permutation(len(runs))
        parts = [sorted(chosen[held:]), sorted(chosen[:held])]
        first, second = (np.concatenate([runs[i] for i in part]) if part else np.empty(0, np.int64) for part in parts)
        return self.take(first), self.take(second)


class Codes:
    """Codes from 1 for what the support has; 0 for what it has not.

    Several skills are one combined skill; an unseen combination falls back to the first of its skills seen alone.
    A response without a skill has its item as the skill, for courses that name no skills.
    """

    def __init__(self, support: Responses) -> None:
        self.skill: dict[tuple[int, ...], int] = {}
        self.item: dict[int, int] = {}
        for key in self._keys(support):
            self.skill.setdefault(key, len(self.skill) + 1)
        for item in support.item.tolist():
            if item >= 0:
                self.item.setdefault(item, len(self.item) + 1)

    @staticmethod
    def _keys(log: Responses) -> list[tuple[int, ...]]:
        rows = zip(log.skills.tolist(), log.item.tolist(), strict=True)
        return [tuple(sorted({s for s in skills if s >= 0})) or (-2 - item,) for skills, item in rows]

    def skills_of(self, log: Responses) -> Ints:
        """Codes [R] of the (combined) skills."""

        def code(key: tuple[int, ...]) -> int:
            alone = (self.skill[(s,)] for s in key if (s,) in self.skill)
            return self.skill.get(key) or next(alone, UNKNOWN)

        return np.array([code(key) for key in self._keys(log)], dtype=np.int64)

    def items_of(self, log: Responses) -> Ints:
        """Codes [R] of the items."""
        return np.array([self.item.get(item, UNKNOWN) for item in log.item.tolist()], dtype=np.int64)

    @property
    def skill_count(self) -> int:
        """How many codes of skills there are, the unknown one included."""
        return len(self.skill) + 1

    @property
    def item_count(self) -> int:
        """How many codes of items there are, the unknown one included."""
        return len(self.item) + 1


def log_loss(probability: Floats, correct: Floats) -> float:
    """Mean negative log-likelihood, nats."""
    p = np.clip(probability, 1e-3, 1 - 1e-3)
    return float(-np.mean(np.where(correct > 0.5, np.log(p), np.log(1 - p))))
