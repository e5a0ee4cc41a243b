"""What lies deeper than a mean in a class's answers: one value with all of it, computed once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers
from metaedu_plugin.insights.statistics.choices import KeyDoubt, WrongChoice, key_doubts, wrong_choices
from metaedu_plugin.insights.statistics.drift import Drift, Month, drifts, monthly
from metaedu_plugin.insights.statistics.groups import Group, groups
from metaedu_plugin.insights.statistics.leading import Lead, leads
from metaedu_plugin.insights.statistics.learners import LearnerStatistics
from metaedu_plugin.insights.statistics.residuals import residuals
from metaedu_plugin.insights.statistics.splits import Split, splits
from metaedu_plugin.insights.statistics.tagging import Misfit, misfits


@dataclass(frozen=True)
class Structure:
    """Skills that are two, tags that do not fit, suggested prerequisites, drift, doubtful keys, groups of learners."""

    splits: list[Split] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    months: dict[str, tuple[Month, ...]] = field(default_factory=dict)
    """Of each item that was answered over several months, whether or not it drifts."""
    doubts: list[KeyDoubt] = field(default_factory=list)
    wrong_choices: dict[str, tuple[WrongChoice, ...]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)


def structure(
    answers: Answers,
    *,
    learners: list[LearnerStatistics],
    skills: Sequence[str],
    item_skills: Mapping[str, Sequence[str]],
    prerequisites: Mapping[str, Sequence[str]],
    units: Collection[str] = (),
    faulty: Collection[str] = (),
) -> Structure:
    """All of it. `units` are skills that nobody chose as such; `faulty` are items marked as faulty, left out."""
    if not len(answers):
        return Structure()
    table = residuals(answers, skills=skills, item_skills=item_skills, without=faulty)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Structure(
            splits=splits(table, without=units),
            misfits=misfits(table),
            leads=leads(table, declared=prerequisites),
            drifts=drifts(answers, without=faulty),
            months=monthly(answers),
            doubts=key_doubts(answers, without=faulty),
            wrong_choices=wrong_choices(answers),
            groups=groups(answers, learners),
        )
