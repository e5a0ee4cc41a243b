"""The whole of what one request shows, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from metaedu_plugin.insights import decisions, people, selectors
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings import Finding, find, split, weighted
from metaedu_plugin.insights.findings.items import FAULTY
from metaedu_plugin.insights.mastery import mastery_of
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.insights.statistics import LearnerStatistics
from metaedu_plugin.insights.tables import (
    NOTHING,
    ItemRow,
    LearnerRow,
    Needs,
    SkillRow,
    by_need,
    item_rows,
    learner_row,
    needs_of,
    skill_rows,
)
from metaedu_plugin.insights.thresholds import MIN_LEARNERS
from metaedu_plugin.insights.weights import kind_weights
from metaedu_plugin.registry import api as registry
from serving.types import Mastery

AT_ONCE = 500
"""Learners whose rows are made together while a file is streamed."""


@dataclass(frozen=True)
class Board:
    """Findings, tables and decisions of one course. What is the same for every request, the class keeps."""

    room: Classroom

    @classmethod
    def of(cls, *, course: str) -> Board:
        """The board of a course. Raises `selectors.StillReading` at the first look at a large one."""
        return cls(room=selectors.classroom_of(course=course))

    @property
    def findings(self) -> list[Finding]:
        """All findings, ranked, whatever was decided on them."""
        return self.room.once("findings", lambda: find(self.room))

    @cached_property
    def decisions(self) -> dict[str, FindingDecision]:
        """Decisions by finding key, those on findings that no longer hold included."""
        return decisions.decisions(course=self.room.course)

    @cached_property
    def open(self) -> tuple[list[Finding], list[Finding]]:
        """Findings that nobody decided on: the top ones, and the rest."""
        findings = [one for one in self.findings if one.key not in self.decisions]
        weights = kind_weights(self.decisions.values())
        return split(weighted(findings, weights), weights)

    def decided(self, *decisions: str) -> list[tuple[Finding, FindingDecision]]:
        """Findings that still hold and were decided on, with the decision."""
        return [
            (one, made)
            for one in self.findings
            if (made := self.decisions.get(one.key)) is not None and made.decision in decisions
        ]

    @property
    def items(self) -> list[ItemRow]:
        """Rows of the items table, those that are perhaps faulty first."""
        return self.room.once(
            "items",
            lambda: sorted(item_rows(self.room, self.findings), key=lambda row: FAULTY not in row.flags),
        )

    @property
    def skills(self) -> list[SkillRow]:
        """Rows of the skills table."""
        return self.room.once("skills", lambda: skill_rows(self.room, self.findings))

    @property
    def needs(self) -> dict[str, Needs]:
        """What the findings say of learners, by pseudonym."""
        return self.room.once("needs", lambda: needs_of(self.findings))

    @property
    def learners(self) -> list[LearnerStatistics]:
        """Everybody, those who need help first."""
        return self.room.once("learners", lambda: by_need(self.room, self.needs))

    @property
    def mapped(self) -> list[LearnerStatistics]:
        """Those in the mastery map, in the same order."""
        rows = self.room.mastery.rows
        return self.room.once("mapped", lambda: [one for one in self.learners if rows.get(one.learner)])

    @property
    def users(self) -> dict[str, int]:
        """The platform's users behind the pseudonyms: ids alone."""
        return self.room.once("users", lambda: people.user_ids(pseudonyms=[one.learner for one in self.room.learners]))

    def rows(self, learners: Sequence[LearnerStatistics]) -> list[LearnerRow]:
        """Rows of these learners, with names and mastery, also of those whom the map leaves out."""
        names = people.names(pseudonyms=[one.learner for one in learners])
        mastery = self._mastery([one.learner for one in learners])
        return [
            learner_row(
                self.room,
                one,
                needs=self.needs.get(one.learner, NOTHING),
                name=names[one.learner],
                mastery=mastery.get(one.learner, ()),
            )
            for one in learners
        ]

    def every_row(self) -> Iterator[LearnerRow]:
        """Rows of everybody, a few hundred made at a time."""
        for start in range(0, len(self.learners), AT_ONCE):
            yield from self.rows(self.learners[start : start + AT_ONCE])

    @property
    def map_skills(self) -> list[str]:
        """Titles of the map's columns."""
        return [self.room.skill_title(key) for key in self.room.mastery.skills]

    @property
    def waiting(self) -> str:
        """What is still missing before anything can be said; empty when there is enough."""
        if not self.room.responses:
            return _("No answers yet. As soon as learners answer, this page fills by itself.")
        most = max((one.success.n for one in self.room.items), default=0)
        if most < MIN_LEARNERS:
            return _(
                "Not enough answers yet to judge items: %(needed)s learners are needed, "
                "the most answered item has %(most)s. The figures below are early ones."
            ) % {"needed": MIN_LEARNERS, "most": most}
        return ""

    def _mastery(self, learners: Sequence[str]) -> dict[str, tuple[Mastery, ...]]:
        found = {one: self.room.mastery.rows[one] for one in learners if one in self.room.mastery.rows}
        missing = [one for one in learners if one not in found]
        if missing and self.room.mastery.skills:
            found |= mastery_of(
                registry.tutor(),
                course=self.room.course,
                learners=missing,
                skills=self.room.mastery.skills,
                now=self.room.latest,
                policy=self.room.policy,
            )
        return found
