"""What the template needs, made of the board."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.insights.tables import SkillRow
from metaedu_plugin.registry import api as registry

SHOWN_LEARNERS = 25
"""Rows of the mastery map before “show all”."""
SHOWN_NAMES = 3
MIN_POINTS = 3

KINDS = {"item": gettext_lazy("Item"), "skill": gettext_lazy("Skill"), "learners": gettext_lazy("Learners")}
FLAGS = {
    "faulty_item": gettext_lazy("perhaps faulty"),
    "too_hard_item": gettext_lazy("too hard"),
    "too_easy_item": gettext_lazy("too easy"),
    "skill_holds_back": gettext_lazy("holds the class back"),
    "flat_learning_curve": gettext_lazy("practice does not help"),
    "few_items": gettext_lazy("few items"),
    "stuck_on_skill": gettext_lazy("needs help now"),
    "gone_quiet": gettext_lazy("gone quiet"),
}


@dataclass(frozen=True)
class Card:
    """A finding as a card."""

    finding: Finding
    kind: str
    first: list[tuple[str, str]]
    """Name and reason of those who need it most."""
    others: list[tuple[str, str]]
    certainty: str
    decision: FindingDecision | None = None


def page_context(board: Board, *, notice: str) -> dict[str, Any]:
    """Context of the page."""
    top, rest = board.open
    latest = board.room.latest
    champion = registry.champion()
    return {
        "board": board,
        "course": board.room.course,
        "notice": notice,
        "latest": None if math.isnan(latest) else datetime.fromtimestamp(latest, UTC),
        "model": champion.name if champion else "",
        "top": _cards(board, top),
        "rest": _cards(board, rest),
        "accepted": [_card(board, one, made) for one, made in board.decided(FindingDecision.Decision.ACCEPTED)],
        "dismissed": [_card(board, one, made) for one, made in board.decided(FindingDecision.Decision.DISMISSED)],
        "curves": [_curve(row) for row in board.skills if len(row.points) >= MIN_POINTS],
        "map_rows": [row for row in board.learners if row.cells],
        "shown": SHOWN_LEARNERS,
        "min_points": MIN_POINTS,
        "flags": FLAGS,
    }


def _cards(board: Board, findings: Iterable[Finding]) -> list[Card]:
    return [_card(board, one) for one in findings]


def _card(board: Board, finding: Finding, decision: FindingDecision | None = None) -> Card:
    who = [(board.names.get(one.learner, one.learner[:6]), one.why) for one in finding.who]
    return Card(
        finding=finding,
        kind=str(KINDS[finding.subject.kind]),
        first=who[:SHOWN_NAMES],
        others=who[SHOWN_NAMES:],
        certainty=_certainty(finding.certainty),
        decision=decision,
    )


def _certainty(value: float) -> str:
    if value >= 0.95:
        return _("very certain")
    return _("fairly certain") if value >= 0.8 else _("likely")


def _curve(row: SkillRow) -> dict[str, Any]:
    """Columns as the chart library takes them."""
    return {
        "anchor": row.anchor,
        "opportunity": [one.opportunity for one in row.points],
        "error": [one.error for one in row.points],
        "low": [one.low for one in row.points],
        "high": [one.high for one in row.points],
        "fitted": [one.fitted for one in row.points],
    }
