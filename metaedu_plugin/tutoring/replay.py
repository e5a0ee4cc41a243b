"""Learner states made again of what is stored: for a new champion, a lost store, an operator who wants to be sure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import memory, retractions, states


class Replayed(msgspec.Struct, kw_only=True):
    """What a replay did."""

    learners: int = 0
    responses: int = 0
    """Responses that no state held yet; 0 when it is repeated."""


def replay(*, course: str, learner: str | None = None, progress: Callable[[int], None] | None = None) -> Replayed:
    """Observe all stored responses of a course, or of one learner in it. Safe to repeat, at any time.

    What waits to be taken back is taken back first. `progress` is called with the number of learners done.
    """
    memory.drop(course=course, learner=learner)
    done = Replayed()
    waiting = [learner] if learner else retractions.waiting(course=course)
    done.responses += states.begin_anew((course, each) for each in waiting)
    learners = [learner] if learner else _learners(course)
    done.responses += states.catch_up(course=course, learners=learners, progress=progress)
    done.learners = len(learners)
    return done


def _learners(course: str) -> list[str]:
    """In the order of their first response, without those who have their answers left alone."""
    alone = capture.left_alone(course=course)
    every = dict.fromkeys(row.learner for row in capture.responses(course=course))
    return [learner for learner in every if learner not in alone]
