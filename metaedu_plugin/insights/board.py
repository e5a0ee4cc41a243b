"""The whole of what one request shows, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from metaedu_plugin.insights import decisions, people, selectors
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings import Finding, find, split
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.insights.tables import ItemRow, LearnerRow, SkillRow, item_rows, learner_rows, skill_rows
from metaedu_plugin.insights.thresholds import MIN_LEARNERS


@dataclass(frozen=True)
class Board:
    """Findings, tables and decisions of one course."""

    room: Classroom

    @classmethod
    def of(cls, *, course: str) -> Board:
        """The board of a course as it is now."""
        return cls(room=selectors.classroom_of(course=course))

    @cached_property
    def findings(self) -> list[Finding]:
        """All findings, ranked, whatever was decided on them."""
        return find(self.room)

    @cached_property
    def decisions(self) -> dict[str, FindingDecision]:
        """Decisions by finding key, those on findings that no longer hold included."""
        return decisions.decisions(course=self.room.course)

    @cached_property
    def open(self) -> tuple[list[Finding], list[Finding]]:
        """Findings that nobody decided on: the top ones, and the rest."""
        return split([one for one in self.findings if one.key not in self.decisions])

    def decided(self, decision: str) -> list[tuple[Finding, FindingDecision]]:
        """Findings that still hold and were decided on, with the decision."""
        return [
            (one, made)
            for one in self.findings
            if (made := self.decisions.get(one.key)) is not None and made.decision == decision
        ]

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of each learner."""
        return people.names(pseudonyms=[one.learner for one in self.room.learners])

    @cached_property
    def items(self) -> list[ItemRow]:
        """Rows of the items table."""
        return item_rows(self.room, self.findings)

    @cached_property
    def skills(self) -> list[SkillRow]:
        """Rows of the skills table."""
        return skill_rows(self.room, self.findings)

    @cached_property
    def learners(self) -> list[LearnerRow]:
        """Rows of the mastery map."""
        return learner_rows(self.room, self.findings, self.names)

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
