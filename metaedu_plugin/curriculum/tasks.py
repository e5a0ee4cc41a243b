"""Celery's way to the curriculum."""

from __future__ import annotations

import logging

from celery import shared_task

from metaedu_plugin.curriculum import published
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.importing import read_platform

log = logging.getLogger(__name__)


@shared_task(
    name="metaedu.curriculum.read", ignore_result=True, autoretry_for=(Exception,), max_retries=3, retry_backoff=30
)
def read(course: str) -> None:
    """Read a course from the platform; safe to repeat. What is wrong with the course itself is not tried again."""
    published.begun(course=course)
    try:
        read_platform(course=course)
    except CurriculumError as error:
        log.warning("curriculum: %s is not read from the platform: %s", course, error)
