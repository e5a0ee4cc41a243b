"""What was said and known of responses that no longer count: taken back, and the states made again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from metaedu_plugin.capture.api import Invalidated
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import marks, memory, progress, states
from metaedu_plugin.tutoring.models import LatestFeedback, ObservedUpTo

log = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Most learners who are replayed on the spot; more, as of a whole class, are left to a worker."""


def take_back(invalidated: Sequence[Invalidated]) -> None:
    """Feedback on these responses goes, and the states of their learners begin anew with what still counts.

    The counts of a course stay as they are: they hold the answers of before until the next champion's are made.

    Raises what the store raises while it is away.
    """
    for each in invalidated:
        LatestFeedback.objects.filter(learner_id=each.learner, course=each.course, problem=each.problem).delete()
    learners: dict[str, list[str]] = defaultdict(list)
    pairs = dict.fromkeys((each.course, each.learner) for each in invalidated)
    for course, learner in pairs:
        memory.drop(course=course, learner=learner)
    for course, learner in pairs:
        registry.tutor().forget(learner=learner, course=course)
        ObservedUpTo.objects.filter(learner_id=learner, course=course).delete()
        marks.drop(learner=learner)
        progress.drop(course=course, learner=learner)
        learners[course].append(learner)
    for course, some in learners.items():
        if len(some) > AT_ONCE:
            _leave_to_a_worker(course)
        else:
            for learner in some:
                states.catch_up(course=course, learner=learner)


def _leave_to_a_worker(course: str) -> None:
    try:
        from metaedu_plugin.tutoring.tasks import replay_all  # noqa: PLC0415  a platform may run without Celery

        replay_all.apply_async(args=[course], queue=getattr(settings, "METAEDU_QUEUE", None), retry=False)
    except Exception:
        log.exception(
            "the replay of %s after a rescore could not be queued; learners are replayed when they ask", course
        )
