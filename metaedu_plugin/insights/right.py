"""How right the model is in a course, and whether it is as right for one group of learners as for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np

from metaedu_plugin.insights import attribute, selectors
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.insights.statistics.calibration import Calibration, Forecasts, calibration, clustered_share
from metaedu_plugin.insights.statistics.fairness import GroupFairness, fairness
from metaedu_plugin.insights.statistics.ordering import area
from metaedu_plugin.registry import api as registry

NEWEST: Final = 100_000
"""Predictions of a version that are looked at: with more, no interval would become narrower than a reader can use."""
VERSIONS: Final = 4
"""Versions that are told, those that answered last."""
ENOUGH_ANSWERS: Final = 200
ENOUGH_LEARNERS: Final = 20
"""Below either nothing is said: a range would hold nearly every share."""
BIN_ANSWERS: Final = 50
MOST_BINS: Final = 10


@dataclass(frozen=True)
class VersionRight:
    """How right one version is in the course."""

    model: str
    since: datetime | None
    """When the oldest prediction that is looked at was made."""
    answers: int
    """Predictions that are looked at."""
    learners: int
    left_out: int
    """Older predictions that are kept, too."""
    expected: float = float("nan")
    """Mean prediction."""
    right: Estimate | None = None
    """Share right; this and what follows is none while there are too few."""
    calibration: Calibration | None = None
    area: Estimate | None = None


@dataclass(frozen=True)
class Fair:
    """Whether the version that answers now is as right for every group."""

    on: bool = False
    """Whether the operator names an attribute and a ground in law."""
    trouble: bool = False
    """Whether the groups could not be read."""
    attribute: str = ""
    ground: str = ""
    least: int = 0
    """Learners below whom a group is not shown."""
    groups: tuple[GroupFairness, ...] = ()
    """Empty while there are not two groups that may be shown."""


@dataclass(frozen=True)
class Right:
    """Both, for one course."""

    versions: tuple[VersionRight, ...] = ()
    """The version that answered last comes first."""
    fair: Fair = field(default_factory=Fair)

    @property
    def current(self) -> VersionRight | None:
        """The version that answered last."""
        return self.versions[0] if self.versions else None


def right_of(room: Classroom) -> Right:
    """The same of a class, worked out once for each state of its answers."""
    return room.once("right", lambda: right(course=room.course))


def right(*, course: str) -> Right:
    """What is known now, from the predictions that the registry keeps."""
    told = registry.predictions(course=course, most=NEWEST)[:VERSIONS]
    if not told:
        return Right(fair=_fair(None, []))
    columns = [_columns(one) for one in told]
    versions = tuple(_version(one, some) for one, (_, some) in zip(told, columns, strict=True))
    learners, newest = columns[0]
    return Right(versions, _fair(newest if versions[0].calibration else None, learners))


def _columns(told: registry.Predictions) -> tuple[list[str], Forecasts]:
    """Pseudonyms and columns: a code is a place among the pseudonyms."""
    codes: dict[str, int] = {}
    learner = np.array([codes.setdefault(one, len(codes)) for one in told.learners], np.int64)
    return list(codes), Forecasts(learner, np.array(told.expected, float), np.array(told.correct, float))


def _version(told: registry.Predictions, some: Forecasts) -> VersionRight:
    answers, learners = len(some), some.learners
    about = VersionRight(told.model, told.since, answers, learners, told.left_out)
    if answers < ENOUGH_ANSWERS or learners < ENOUGH_LEARNERS:
        return about
    bins = min(answers // BIN_ANSWERS, MOST_BINS)
    return replace(
        about,
        expected=float(some.expected.mean()),
        right=clustered_share(some.right, some.learner),
        calibration=calibration(some, bins=bins),
        area=area(some),
    )


def _fair(some: Forecasts | None, learners: Sequence[str]) -> Fair:
    asked = attribute.asked()
    if asked is None:
        return Fair()
    told = {"on": True, "attribute": asked.attribute, "ground": asked.ground, "least": asked.least}
    if some is None:
        return Fair(**told)  # type: ignore[arg-type]
    groups = attribute.groups(asked, pseudonyms=learners)
    if groups is None:
        return Fair(**told, trouble=True)  # type: ignore[arg-type]
    names = sorted(set(groups.values()))
    place = {name: n for n, name in enumerate(names)}
    codes = np.array([place.get(groups.get(one, ""), -1) for one in learners], np.int64)
    return Fair(**told, groups=tuple(fairness(some, codes, names=names, least=asked.least)))  # type: ignore[arg-type]


selectors.PREPARE.append(right_of)
