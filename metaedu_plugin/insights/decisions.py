"""Instructors accept and dismiss findings; what they decided is theirs to take back."""

from __future__ import annotations

from metaedu_plugin.insights import tracking
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.models import FindingDecision


def decide(
    *, course: str, finding: str, decision: str, reason: str, by: str, about: Finding | None = None
) -> FindingDecision:
    """Accept or dismiss a finding, or call it not useful; a later decision replaces an earlier one.

    `about` is the finding itself, for the platform's log; none where it does not hold any more. Raises `ValueError`
    for any other decision.
    """
    if decision not in FindingDecision.Decision.values:
        raise ValueError(f"The decision must be one of {', '.join(FindingDecision.Decision.values)}.")
    row, _created = FindingDecision.objects.update_or_create(
        course=course, finding=finding, defaults={"decision": decision, "reason": reason.strip(), "by": by[:150]}
    )
    if about is not None:
        tracking.decided(decision, about, course=course)
    return row


def take_back(*, course: str, finding: str) -> None:
    """Bring a finding back as if nobody had decided on it."""
    FindingDecision.objects.filter(course=course, finding=finding).delete()


def decisions(*, course: str) -> dict[str, FindingDecision]:
    """Decisions by finding key."""
    return {row.finding: row for row in FindingDecision.objects.filter(course=course)}
