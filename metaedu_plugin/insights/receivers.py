"""What insights listens to."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.capture import api as capture
from metaedu_plugin.insights.models import FindingDecision


def connect() -> None:
    """Called once, when Django is ready."""
    capture.learner_forgotten.connect(on_forgotten, dispatch_uid="metaedu_insights.forgotten")


def on_forgotten(username: str, **kwargs: Any) -> None:
    """A person was retired: what they decided as an instructor stays, their name goes."""
    if username:
        FindingDecision.objects.filter(by=username[:150]).update(by=capture.NOBODY)
