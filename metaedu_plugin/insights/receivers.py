"""What insights listens to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from metaedu_plugin.capture import api as capture
from metaedu_plugin.insights import selectors
from metaedu_plugin.insights.models import DigestSubscription, FindingDecision


def connect() -> None:
    """Called once, when Django is ready."""
    capture.learner_forgotten.connect(on_forgotten, dispatch_uid="metaedu_insights.forgotten")


def on_forgotten(username: str, courses: Iterable[str] = (), user_id: int = 0, **kwargs: Any) -> None:
    """A person was retired: what they decided as an instructor stays, their name goes; and nothing of their answers."""
    if username:
        FindingDecision.objects.filter(by=username[:150]).update(by=capture.NOBODY)
    DigestSubscription.objects.filter(user_id=user_id).delete()
    for course in courses:
        selectors.forget(course=course)
        # Again after the commit: in between, another process could still read what is being deleted.
        transaction.on_commit(lambda course=course: selectors.forget(course=course))  # type: ignore[misc]
