"""What the templates need, made of the board."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metaedu_plugin.insights import digests, people, selectors
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.groups import group_cards
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.insights.roll import SORTS, Roll
from metaedu_plugin.insights.tables import SkillRow
from metaedu_plugin.insights.weights import SUNK, kind_weights
from metaedu_plugin.registry import api as registry

SHOWN_LEARNERS = 25
"""Rows of the mastery map on the page; the class list has the rest."""
SHOWN_NAMES = 3
OTHER_NAMES = 20
"""More names of a finding, on request; the class list has the rest."""
MIN_POINTS = 3
SECTIONS = ("curves", "map", "items")
"""Parts of the page that are the same for every reader of a language, and so rendered once."""

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
    "two_skills": gettext_lazy("perhaps two skills"),
    "tag_does_not_fit": gettext_lazy("perhaps tagged wrongly"),
    "suggested_prerequisite": gettext_lazy("perhaps needs another first"),
    "item_drifts": gettext_lazy("changes over the months"),
    "item_other_than_before": gettext_lazy("other than in earlier runs"),
}


@dataclass(frozen=True)
class Card:
    """A finding as a card."""

    finding: Finding
    kind: str
    first: list[tuple[str, str, str]]
    """Name, reason and pseudonym of those who need it most."""
    others: list[tuple[str, str, str]]
    hidden: int
    """How many more there are, in the class list."""
    certainty: str
    decision: FindingDecision | None = None


def page_context(board: Board, *, notice: str, reader: int = 0) -> dict[str, Any]:
    """Context of the page."""
    top, rest = board.open
    accepted = board.decided(FindingDecision.Decision.ACCEPTED)
    dismissed = board.decided(FindingDecision.Decision.DISMISSED, FindingDecision.Decision.NOT_USEFUL)
    names = people.names(
        pseudonyms=[member.learner for one in (*top, *rest) for member in one.who[: SHOWN_NAMES + OTHER_NAMES]]
    )
    return {
        **_about(board),
        "notice": notice,
        "top": _cards(names, top),
        "rest": _cards(names, rest),
        "accepted": [_card({}, one, made) for one, made in accepted],
        "dismissed": [_card({}, one, made) for one, made in dismissed],
        "curves": board.room.once("curves", lambda: _curves(board)),
        "sections": _sections(board),
        "groups": group_cards(board.room),
        "digest": digests.is_subscribed(user_id=reader, course=board.room.course),
        "sunk": [FLAGS[kind] for kind, weight in kind_weights(board.decisions.values()).items() if weight < SUNK],
    }


def roll_context(board: Board, roll: Roll) -> dict[str, Any]:
    """Context of the class list."""
    return {**_about(board), "roll": roll, "sorts": SORTS, "flags": FLAGS}


def prepare(room: Classroom) -> None:
    """Render what takes long before anybody asks for it."""
    board = Board(room=room)
    _sections(board)
    board.room.once("curves", lambda: _curves(board))
    board.users  # noqa: B018  read once, for searches


selectors.PREPARE.append(prepare)


def _about(board: Board) -> dict[str, Any]:
    """What both pages say of the class."""
    latest = board.room.latest
    champion = registry.champion()
    return {
        "board": board,
        "course": board.room.course,
        "latest": None if math.isnan(latest) else datetime.fromtimestamp(latest, UTC),
        "as_of": datetime.fromtimestamp(board.room.made, UTC) if board.room.responses > selectors.SMALL else None,
        "model": champion.name if champion else "",
    }


def _sections(board: Board) -> dict[str, str]:
    def render() -> dict[str, str]:
        context = {
            "board": board,
            "course": board.room.course,
            "map_rows": board.rows(board.mapped[:SHOWN_LEARNERS]),
            "min_points": MIN_POINTS,
            "flags": FLAGS,
        }
        return {name: render_to_string(f"metaedu/insights/{name}.html", context) for name in SECTIONS}

    return board.room.once("sections", render)


def _cards(names: dict[str, str], findings: Iterable[Finding]) -> list[Card]:
    return [_card(names, one) for one in findings]


def _card(names: dict[str, str], finding: Finding, decision: FindingDecision | None = None) -> Card:
    shown = [(names[one.learner], one.why, one.learner) for one in finding.who[: SHOWN_NAMES + OTHER_NAMES] if names]
    return Card(
        finding=finding,
        kind=str(KINDS[finding.subject.kind]),
        first=shown[:SHOWN_NAMES],
        others=shown[SHOWN_NAMES:],
        hidden=len(finding.who) - len(shown),
        certainty=_certainty(finding.certainty),
        decision=decision,
    )


def _certainty(value: float) -> str:
    if value >= 0.95:
        return _("very certain")
    return _("fairly certain") if value >= 0.8 else _("likely")


def _curves(board: Board) -> list[dict[str, Any]]:
    return [_curve(row) for row in board.skills if len(row.points) >= MIN_POINTS]


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
