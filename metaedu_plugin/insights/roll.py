"""The class list: found by name or by finding, sorted, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_lazy

from metaedu_plugin.insights import people
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.statistics import LearnerStatistics
from metaedu_plugin.insights.tables import LearnerRow

PER_PAGE: Final = 50
NEED: Final = "need"
SORTS: Final = {
    NEED: gettext_lazy("who needs help first"),
    "mastery": gettext_lazy("low mastery first"),
    "success": gettext_lazy("least right first"),
    "answers": gettext_lazy("fewest answers first"),
    "most_answers": gettext_lazy("most answers first"),
    "last": gettext_lazy("longest silent first"),
}


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see."""

    search: str = ""
    sort: str = NEED
    finding: str = ""
    page: str = "1"

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """From an address; what makes no sense in it is left aside."""
        sort = given.get("sort", NEED)
        return cls(
            search=given.get("q", "").replace("\0", "").strip()[:100],
            sort=sort if sort in SORTS else NEED,
            finding=given.get("finding", "")[:255],
            page=given.get("page", "1"),
        )

    def address(self, page: int) -> str:
        """The query string of another page of the same."""
        given = {"q": self.search, "sort": self.sort if self.sort != NEED else "", "finding": self.finding}
        return urlencode({**{name: value for name, value in given.items() if value}, "page": page})


@dataclass(frozen=True)
class Roll:
    """One page of the class."""

    asked: Asked
    page: Page[LearnerStatistics]
    rows: list[LearnerRow]
    title: str
    """Of the finding that it is about; empty for the whole class."""

    @property
    def before(self) -> str:
        """Query string of the page before; empty at the first."""
        return self.asked.address(self.page.previous_page_number()) if self.page.has_previous() else ""

    @property
    def after(self) -> str:
        """Query string of the next page; empty at the last."""
        return self.asked.address(self.page.next_page_number()) if self.page.has_next() else ""


def roll(board: Board, asked: Asked) -> Roll:
    """Find, sort and cut; names and mastery are asked for those shown alone."""
    learners = board.learners
    finding = next((one for one in board.findings if one.key == asked.finding), None)
    if finding:
        about = {member.learner for member in finding.who}
        learners = [one for one in learners if one.learner in about]
    if asked.search:
        every = [one.learner for one in board.learners]
        wanted = people.search(asked.search, pseudonyms=every, users=board.users)
        learners = [one for one in learners if one.learner in wanted]
    page = Paginator(_sorted(board, learners, asked.sort), PER_PAGE).get_page(asked.page)
    return Roll(asked=asked, page=page, rows=board.rows(list(page)), title=finding.title if finding else "")


def _sorted(board: Board, learners: list[LearnerStatistics], sort: str) -> list[LearnerStatistics]:
    means = board.room.mean_mastery
    keys: dict[str, Callable[[LearnerStatistics], float]] = {
        "mastery": lambda one: means.get(one.learner, math.inf),
        "success": lambda one: one.success.value if one.success.known else math.inf,
        "answers": lambda one: one.answers,
        "most_answers": lambda one: -one.answers,
        "last": lambda one: math.inf if math.isnan(one.last) else one.last,
    }
    # A stable sort: among equals, those who need help come first.
    return sorted(learners, key=keys[sort]) if sort in keys else learners
