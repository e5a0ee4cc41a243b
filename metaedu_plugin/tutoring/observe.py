"""Every captured response reaches the engine, and what the engine says about the fresh ones is kept.

Fresh responses are observed one by one, for their feedback; all others in bulk. A learner of whom
the version that answers has seen nothing is replayed first, so that nothing is observed out of order.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from django.utils import timezone

from metaedu_plugin.capture.api import Captured
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import dismissed, kept, states
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.policies import policy_for
from serving.types import Feedback

log = logging.getLogger(__name__)

FRESH: Final = datetime.timedelta(minutes=15)
"""Age up to which somebody may be waiting for feedback."""
LIVE: Final = 20
"""Most responses of one batch that are observed one by one: a flood must not make one request pay for all."""


def observe(responses: Sequence[Captured]) -> None:
    """Take in responses that were just captured. Raises what the curriculum, the registry or the store raise."""
    if not responses:
        return
    fresh = _fresh(responses)
    live = fresh[-LIVE:]
    live_keys = {row.key for row in live}
    pairs = {(row.course, row.learner) for row in responses}
    caught_up = states.prepare(pairs=pairs, without=live_keys)
    bulk = [row for row in responses if row.key not in live_keys and (row.course, row.learner) not in caught_up]
    if bulk:
        # Those of a learner one after the other: they share their reads and writes.
        bulk.sort(key=lambda row: (row.course, row.learner))
        registry.tutor().observe_many(to_responses(bulk))
    kept.expect(row for row in fresh if row.key not in live_keys)
    kept.predicted([(row, observe_one(row)) for row in live])


def observe_one(row: Captured) -> Feedback:
    """Take in one response and keep what follows from it."""
    (response,) = to_responses([row])
    course_map = dismissed.course_map(course=row.course, learner=row.learner)
    policy = policy_for(course=row.course, learner=row.learner, now=response.time)
    feedback = registry.tutor().observe(response, course_map=course_map, policy=policy)
    kept.keep(row, feedback)
    return feedback


def observe_safely(responses: Sequence[Captured]) -> None:
    """The same, for callers that must go on whatever happens. What is missed here is caught up later."""
    try:
        observe(responses)
    except Exception:
        log.exception(
            "%d responses could not be observed now; they are before their learner's next answer", len(responses)
        )
        try:
            kept.expect(_fresh(responses))
        except Exception:
            log.exception("nor could their feedback be kept for later")


def _fresh(responses: Iterable[Captured]) -> list[Captured]:
    """The responses that somebody may be waiting for, the newest last."""
    since = timezone.now() - FRESH
    return sorted((row for row in responses if row.time and row.time >= since), key=lambda row: row.time or since)
