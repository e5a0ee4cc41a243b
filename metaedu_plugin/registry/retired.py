"""Versions that learned from people who were retired since: marked, so that an operator can train others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from django.db.models import F

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import runs
from metaedu_plugin.registry.log import record
from metaedu_plugin.registry.models import ModelVersion, RegistryLog

ACTION: Final = "learner retired"


def mark(*, courses: Mapping[str, datetime]) -> list[str]:
    """Mark the versions that may have learned from a retired learner; returns their names.

    `courses` says since when there were responses of the learner in a course. What a version was trained on stands in
    its metrics. Every fifth learner is held out of a training: they are marked all the same, rather too many than
    one too few.
    """
    concerned: list[str] = []
    for row in ModelVersion.objects.order_by("id").only("name", "metrics", "created"):
        data = row.metrics.get("data") or {}
        seen = any(key in data.get("courses", ()) and since <= row.created for key, since in courses.items())
        # Weights that a training begins with carry on what they learned.
        if seen or data.get("start") in concerned:
            concerned.append(row.name)
    ModelVersion.objects.filter(name__in=concerned).update(retired_learners=F("retired_learners") + 1)
    if concerned or (courses and runs.active_run()):
        record(ACTION, by="retirement", reason=_told(concerned))
    return concerned


def during_the_run() -> int:
    """How many learners were retired since the training that goes on began: it has read their responses already."""
    active = runs.active_run()
    if active is None or active.started is None:
        return 0
    return RegistryLog.objects.filter(action=ACTION, at__gte=active.started).count()


def unname(*, username: str) -> None:
    """Take an operator's name out of the log: the one change that it ever sees."""
    RegistryLog.objects.filter(by=username[:150]).update(by=capture.NOBODY)


def _told(versions: Collection[str]) -> str:
    return f"had been learned from by {', '.join(versions)}" if versions else "while a training goes on"
