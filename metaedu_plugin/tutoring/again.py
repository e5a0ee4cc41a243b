"""What was said and known of responses that no longer count: taken back, and the states made again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from metaedu_plugin.capture.api import Captured, Invalidated
from metaedu_plugin.tutoring import retractions, states
from metaedu_plugin.tutoring.marks import Pair
from metaedu_plugin.tutoring.models import LatestFeedback

log = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Most learners who are replayed on the spot; more, as of a whole class, are left to a worker."""


def take_back(invalidated: Sequence[Invalidated]) -> None:
    """Feedback on these responses goes, and the states of their learners begin anew with what still counts.

    What the learners had added comes off the course's counts, too. What cannot be done now is done later, see
    `retractions`.
    """
    for each in invalidated:
        LatestFeedback.objects.filter(learner_id=each.learner, course=each.course, problem=each.problem).delete()
    pairs = list(dict.fromkeys((each.course, each.learner) for each in invalidated))
    retractions.note(pairs)
    _begin_anew(pairs)


def check(responses: Sequence[Captured]) -> None:
    """Called after responses were observed: what was reset in the meantime is taken back."""
    _begin_anew(retractions.note_overtaken([each.key for each in responses]))


def _begin_anew(pairs: Sequence[Pair]) -> None:
    courses: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        courses[pair[0]].append(pair)
    for course, some in courses.items():
        if len(some) > AT_ONCE:
            _leave_to_a_worker(course)
        else:
            states.begin_anew(some)


def _leave_to_a_worker(course: str) -> None:
    try:
        from metaedu_plugin.tutoring.tasks import replay_all  # noqa: PLC0415  a platform may run without Celery

        replay_all.apply_async(args=[course], queue=getattr(settings, "METAEDU_QUEUE", None), retry=False)
    except Exception:
        log.exception(
            "the replay of %s after a rescore could not be queued; learners are replayed when they ask", course
        )
