"""Which findings come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import FINDERS, Finding
from metaedu_plugin.insights.thresholds import TOP, TOP_PER_REASON


def find(room: Classroom) -> list[Finding]:
    """All findings of a class: those that help the most learners, the most certainly, first."""
    found = [finding for finder in FINDERS for finding in finder(room)]
    return sorted(found, key=lambda one: (-one.helps * one.certainty, one.key))


def split(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The few that an instructor meets first, and the rest, both in order."""
    top: list[Finding] = []
    reasons: Counter[str] = Counter()
    for finding in findings:
        if len(top) < TOP and reasons[finding.reason] < TOP_PER_REASON:
            top.append(finding)
            reasons[finding.reason] += 1
    return top, [one for one in findings if one not in top]
