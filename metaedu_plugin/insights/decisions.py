"""Instructors accept and dismiss findings; what they decided is theirs to take back."""

from __future__ import annotations

from metaedu_plugin.insights.models import FindingDecision


def decide(*, course: str, finding: str, decision: str, reason: str, by: str) -> FindingDecision:
    """Accept or dismiss a finding; a later decision replaces an earlier one.

    Raises `ValueError` for another decision than accepted or dismissed.
    """
    if decision not in FindingDecision.Decision.values:
        raise ValueError(f"The decision must be one of {', '.join(FindingDecision.Decision.values)}.")
    row, _created = FindingDecision.objects.update_or_create(
        course=course, finding=finding, defaults={"decision": decision, "reason": reason.strip(), "by": by[:150]}
    )
    return row


def take_back(*, course: str, finding: str) -> None:
    """Bring a finding back as if nobody had decided on it."""
    FindingDecision.objects.filter(course=course, finding=finding).delete()


def decisions(*, course: str) -> dict[str, FindingDecision]:
    """Decisions by finding key."""
    return {row.finding: row for row in FindingDecision.objects.filter(course=course)}
