"""Mastery of the class: learners by skills, from the model that serves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

from metaedu_plugin.insights.statistics import LearnerStatistics
from metaedu_plugin.insights.statistics.intervals import normal_cdf
from metaedu_plugin.insights.thresholds import MAX_MAP_LEARNERS, MIN_RESPONSES, WEAK_CERTAINTY, WEAK_MASTERY
from serving.tutor import Tutor
from serving.types import UNKNOWN, Mastery, Policy

Z80 = NormalDist().inv_cdf(0.9)
"""Half width of an 80 % interval in standard deviations."""


@dataclass(frozen=True)
class MasteryMap:
    """Mastery of each skill for each learner, in the order of `skills`."""

    skills: tuple[str, ...] = ()
    rows: dict[str, tuple[Mastery, ...]] = field(default_factory=dict)
    """By pseudonym."""
    left_out: int = 0
    """Learners beyond the size of a map."""

    def column(self, skill: str) -> list[tuple[str, Mastery]]:
        """Each learner's mastery of one skill."""
        if skill not in self.skills:
            return []
        place = self.skills.index(skill)
        return [(learner, row[place]) for learner, row in self.rows.items()]


def mastery_map(
    tutor: Tutor,
    *,
    course: str,
    learners: Sequence[LearnerStatistics],
    skills: Sequence[str],
    now: float,
    policy: Policy,
) -> MasteryMap:
    """Ask the tutor for the learners who answered last. `now` is epoch seconds, NaN unknown."""
    chosen = sorted(learners, key=lambda one: -1.0 if math.isnan(one.last) else one.last, reverse=True)[
        :MAX_MAP_LEARNERS
    ]
    if not skills or not chosen:
        return MasteryMap(left_out=len(learners) - len(chosen))
    names = [one.learner for one in chosen]
    return MasteryMap(
        skills=tuple(skills),
        rows=mastery_of(tutor, course=course, learners=names, skills=skills, now=now, policy=policy),
        left_out=len(learners) - len(chosen),
    )


def mastery_of(
    tutor: Tutor, *, course: str, learners: Sequence[str], skills: Sequence[str], now: float, policy: Policy
) -> dict[str, tuple[Mastery, ...]]:
    """Mastery of each of the skills, by pseudonym; mastered as the policy says. `now` is epoch seconds, NaN unknown."""
    moment = UNKNOWN if math.isnan(now) else now
    told = tutor.mastery_many(course=course, learners=learners, skills=skills, now=moment, policy=policy)
    return {learner: tuple(row) for learner, row in zip(learners, told, strict=True)}


def is_evident(mastery: Mastery) -> bool:
    """Whether the learner answered often enough on the skill for the figure to be about them."""
    return mastery.responses >= MIN_RESPONSES


def mean_of(masteries: Iterable[Mastery]) -> float | None:
    """Mean over the skills with evidence; none where there is none."""
    evident = [one.mean for one in masteries if is_evident(one)]
    return sum(evident) / len(evident) if evident else None


def is_weak(mastery: Mastery) -> bool:
    """Whether it is evident that the learner needs help on the skill."""
    return is_evident(mastery) and chance_below(mastery) >= WEAK_CERTAINTY


def chance_below(mastery: Mastery, limit: float = WEAK_MASTERY) -> float:
    """Probability that the true mastery is below the limit, from mean and 80 % interval (normal approximation)."""
    deviation = max((mastery.high - mastery.low) / (2 * Z80), 1e-6)
    return normal_cdf((limit - mastery.mean) / deviation)
