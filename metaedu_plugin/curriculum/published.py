"""A course was published: its content is read anew, by a worker, once for all the changes of a few seconds."""

from __future__ import annotations

import hashlib
import logging
from typing import Final

from django.core.cache import cache
from django.db import transaction

from metaedu_plugin.curriculum.structure import COURSES

log = logging.getLogger(__name__)

DELAY: Final = 10
"""Seconds that a worker waits: an author publishes several things at a time."""


def published(course: str) -> None:
    """Queue the reading of a course once what is open is committed. Never raises: publishing goes on."""
    if course.startswith(tuple(COURSES.values())):
        transaction.on_commit(lambda: _queue(course))


def begun(*, course: str) -> None:
    """A worker reads the course now: what is published from here on needs another reading."""
    cache.delete(_waiting(course))


def _queue(course: str) -> None:
    try:
        from metaedu_plugin.curriculum.tasks import read  # noqa: PLC0415  a platform may run without Celery

        # A mark that outlives a task that was lost would keep the course from being read, so it does not last.
        if cache.add(_waiting(course), 1, timeout=DELAY):
            read.apply_async(args=[course], countdown=DELAY, retry=False)
    except Exception:
        log.exception(
            "curriculum: %s was published, but its reading could not be queued; read it with: manage.py"
            " metaedu_curriculum --course %s --read",
            course,
            course,
        )


def _waiting(course: str) -> str:
    """Not the key itself: caches take neither every character nor every length."""
    return f"metaedu-reading-{hashlib.blake2b(course.encode(), digest_size=16).hexdigest()}"
