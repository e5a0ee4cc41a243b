"""What the class needs: small finders, each for one kind of finding, and their ranking."""

from metaedu_plugin.insights.findings import deeper, items, learners, runs, skills  # noqa: F401  each adds its finders
from metaedu_plugin.insights.findings.base import FINDERS, Action, Affected, Figure, Finding, Subject
from metaedu_plugin.insights.findings.ranking import find, split, weighted

__all__ = ["FINDERS", "Action", "Affected", "Figure", "Finding", "Subject", "find", "split", "weighted"]
