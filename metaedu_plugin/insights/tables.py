"""The rows of the page's tables: the page, the API and the downloads all show these."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.findings.base import anchor
from metaedu_plugin.insights.mastery import is_evident, mean_of
from metaedu_plugin.insights.statistics import Estimate, LearnerStatistics
from metaedu_plugin.insights.statistics.curves import CurvePoint
from metaedu_plugin.insights.thresholds import MIN_LEARNERS
from serving.types import Mastery


@dataclass(frozen=True)
class Range:
    """A figure with its interval; empty where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, one: Estimate) -> Range:
        """An estimate, rounded to what a reader can use."""
        return cls(known(one.value), known(one.low), known(one.high), one.n)


@dataclass(frozen=True)
class ItemRow:
    """A row of the items table."""

    key: str
    title: str
    anchor: str
    url: str
    skills: tuple[str, ...]
    learners: int
    answers: int
    success: Range
    difficulty: float | None
    discrimination: Range
    attempts: float
    hint_share: float
    seconds: float | None
    wrong_choice: str
    wrong_choice_share: float
    flags: tuple[str, ...]
    """Reason codes of the findings about it."""
    enough: bool
    """Whether there are enough answers to judge it."""


@dataclass(frozen=True)
class SkillRow:
    """A row of the skills table, with the skill's learning curve."""

    key: str
    title: str
    anchor: str
    items: int
    learners: int
    answers: int
    success: Range
    gain: Range
    """From the first to the fifth item, within learners."""
    start: float | None
    """Fitted error rate at the first opportunity."""
    rate: Range
    """Exponent of the power law: above 0 is learning."""
    points: tuple[CurvePoint, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """Mastery of one skill."""

    skill: str
    mean: float
    low: float
    high: float
    responses: int
    status: str
    evident: bool
    """Whether the learner answered often enough for the figure to be about them."""


@dataclass(frozen=True)
class LearnerRow:
    """A row of the mastery map."""

    learner: str
    """Pseudonym."""
    name: str
    answers: int
    items: int
    success: Range
    last: datetime | None
    wrong_in_a_row: int
    mean: float | None
    """Mean mastery over skills with evidence."""
    needs: tuple[str, ...]
    """Titles of the findings about the learner."""
    now: tuple[str, ...]
    """Reason codes of those that are about single learners rather than the class."""
    cells: tuple[Cell, ...]
    """In the order of the map's skills; empty where there are no skills."""


def item_rows(room: Classroom, findings: Sequence[Finding]) -> list[ItemRow]:
    """One row for each answered item, in course order."""
    flags = _flags(findings, "item")
    return [
        ItemRow(
            key=one.key,
            title=room.item_title(one.key),
            anchor=anchor("item", one.key),
            url=info.url if (info := room.item_infos.get(one.key)) else "",
            skills=tuple(room.skill_title(s) for s in room.skills_of(one.key)),
            learners=one.learners,
            answers=one.answers,
            success=Range.of(one.success),
            difficulty=known(one.difficulty),
            discrimination=Range.of(one.discrimination),
            attempts=round(one.attempts, 2),
            hint_share=round(one.hint_share, 4),
            seconds=known(one.seconds),
            wrong_choice=room.choice_title(one.key, one.wrong_choice),
            wrong_choice_share=round(one.wrong_choice_share, 4),
            flags=flags[one.key],
            enough=one.success.n >= MIN_LEARNERS,
        )
        for one in room.items
    ]


def skill_rows(room: Classroom, findings: Sequence[Finding]) -> list[SkillRow]:
    """One row for each skill, in course order."""
    flags = _flags(findings, "skill")
    return [
        SkillRow(
            key=one.key,
            title=room.skill_title(one.key),
            anchor=anchor("skill", one.key),
            items=one.items,
            learners=one.learners,
            answers=one.answers,
            success=Range.of(one.success),
            gain=Range.of(one.gain),
            start=known(one.curve.start),
            rate=Range.of(one.curve.rate),
            points=one.curve.points,
            flags=flags[one.key],
        )
        for one in room.skills
    ]


@dataclass(frozen=True)
class Needs:
    """What the findings say of one learner."""

    titles: tuple[str, ...] = ()
    """Of the findings about the learner."""
    now: tuple[str, ...] = ()
    """Reason codes of those that are about single learners rather than the class."""


NOTHING: Final = Needs()


def needs_of(findings: Sequence[Finding]) -> dict[str, Needs]:
    """Learners whom findings are about, by pseudonym."""
    titles: dict[str, list[str]] = defaultdict(list)
    now: dict[str, dict[str, None]] = defaultdict(dict)
    for finding in findings:
        for member in finding.who:
            titles[member.learner].append(finding.title)
            if finding.subject.kind == "learners":
                now[member.learner][finding.reason] = None
    return {learner: Needs(tuple(found), tuple(now[learner])) for learner, found in titles.items()}


def by_need(room: Classroom, needs: Mapping[str, Needs]) -> list[LearnerStatistics]:
    """Those who need help first, then those of low mastery, then those little is known of."""

    def place(one: LearnerStatistics) -> tuple[bool, int, float, str]:
        needed = needs.get(one.learner, NOTHING)
        return (not needed.now, -len(needed.titles), room.mean_mastery.get(one.learner, 2.0), one.learner)

    return sorted(room.learners, key=place)


def learner_row(
    room: Classroom, one: LearnerStatistics, *, needs: Needs, name: str, mastery: Sequence[Mastery]
) -> LearnerRow:
    """The row of one learner."""
    mean = mean_of(mastery)
    return LearnerRow(
        learner=one.learner,
        name=name,
        answers=one.answers,
        items=one.items,
        success=Range.of(one.success),
        last=None if math.isnan(one.last) else datetime.fromtimestamp(one.last, UTC),
        wrong_in_a_row=one.wrong_in_a_row,
        mean=None if mean is None else round(mean, 4),
        needs=needs.titles,
        now=needs.now,
        cells=tuple(_cell(m) for m in mastery),
    )


def known(value: float | None) -> float | None:
    """A figure to four places, or nothing where it cannot be told: JSON and tables have no NaN."""
    return None if value is None or math.isnan(value) else round(value, 4)


def _cell(m: Mastery) -> Cell:
    return Cell(
        skill=m.skill,
        mean=round(m.mean, 4),
        low=round(m.low, 4),
        high=round(m.high, 4),
        responses=m.responses,
        status=m.status,
        evident=is_evident(m),
    )


def _flags(findings: Sequence[Finding], kind: str) -> dict[str, tuple[str, ...]]:
    flags: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for one in findings:
        if one.subject.kind == kind:
            flags[one.subject.key] += (one.reason,)
    return flags
