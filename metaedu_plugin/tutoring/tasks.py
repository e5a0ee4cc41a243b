"""Celery's way to the services."""

from __future__ import annotations

from celery import shared_task

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring.replay import replay


@shared_task(name="metaedu.tutoring.replay", ignore_result=True)
def replay_all(course: str | None = None) -> None:
    """Replay one course, or all of them."""
    for each in [course] if course else capture.courses():
        replay(course=each)
