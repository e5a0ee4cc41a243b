"""What instructors were shown and decided, as events of the platform: see docs/events.md.

Learners and the instructor's own words stay out of it: an event tells the finding, not whom it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from metaedu_plugin import tracking
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.registry import api as registry

DAY: Final = 24 * 3600
"""Seconds in which a finding is shown to the same person but once."""
_DECIDED: Final = {
    "accepted": tracking.INSIGHT_ACCEPTED,
    "dismissed": tracking.INSIGHT_DISMISSED,
    "not_useful": tracking.INSIGHT_DISMISSED,
}


def shown(findings: Iterable[Finding], *, course: str, to: object) -> None:
    """Somebody who teaches the course sees these findings first; `to` is their id on the platform, kept nowhere."""
    for finding in findings:
        if tracking.first_time("insight", course, to, finding.key, seconds=DAY):
            tracking.emit(name=tracking.INSIGHT_SHOWN, course=course, data=_data(finding))


def decided(decision: str, finding: Finding, *, course: str) -> None:
    """A finding was accepted or dismissed."""
    tracking.emit(name=_DECIDED[decision], course=course, data=_data(finding))


def _data(finding: Finding) -> dict[str, Any]:
    champion = registry.champion()
    subject = finding.subject
    return {
        "kind": subject.kind,
        "reason": finding.reason,
        "item": subject.key if subject.kind == "item" else None,
        "skill": subject.key if subject.kind == "skill" else None,
        "finding": finding.key,
        "action": finding.action.code,
        "helps": finding.helps,
        "certainty": round(finding.certainty, 3),
        "model": champion.name if champion else "",
        "source": "model" if champion else "shipped",
    }
