"""What tutoring listens to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

from metaedu_plugin.capture.api import (
    Captured,
    Invalidated,
    learner_forgotten,
    responses_captured,
    responses_invalidated,
)
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import again, marks, retractions
from metaedu_plugin.tutoring.observe import observe_safely

log = logging.getLogger(__name__)

REPLAY_DELAY: Final = 15
"""Seconds after which every process serves the new champion."""


def connect() -> None:
    """Called once, when Django is ready."""
    responses_captured.connect(on_captured, dispatch_uid="metaedu_tutoring.captured")
    responses_invalidated.connect(on_invalidated, dispatch_uid="metaedu_tutoring.invalidated")
    registry.promoted.connect(on_promoted, dispatch_uid="metaedu_tutoring.promoted")
    registry.states_waiting.connect(on_states_waiting, dispatch_uid="metaedu_tutoring.states_waiting")
    learner_forgotten.connect(on_forgotten, dispatch_uid="metaedu_tutoring.forgotten")


def on_captured(responses: Sequence[Captured], **kwargs: Any) -> None:
    """Responses were stored."""
    observe_safely(responses)
    try:
        again.check(responses)
    except Exception:
        log.exception("whether %d responses were reset in this very moment could not be seen", len(responses))


def on_invalidated(invalidated: Sequence[Invalidated], **kwargs: Any) -> None:
    """Responses were reset or graded again."""
    try:
        again.take_back(invalidated)
    except Exception:
        log.exception(
            "a reset or rescore of %d learners could not be noted: empty the store of learner states and run"
            " metaedu_replay",
            len({each.learner for each in invalidated}),
        )


def on_states_waiting(**kwargs: Any) -> registry.Waiting:
    """The operator asks what is still to be taken back."""
    return retractions.all_waiting()


def on_promoted(**kwargs: Any) -> None:
    """A new champion has no states: a worker replays them, and whoever asks before that is replayed on the spot."""
    try:
        from metaedu_plugin.tutoring.tasks import replay_all  # noqa: PLC0415  a platform may run without Celery

        replay_all.apply_async(countdown=REPLAY_DELAY, queue=getattr(settings, "METAEDU_QUEUE", None), retry=False)
    except Exception:
        log.exception("the replay after a promotion could not be queued; learners are replayed when they ask")


def on_forgotten(learner: str, **kwargs: Any) -> None:
    """A learner was retired: nothing of them stays with the engine either; raises where the store is away."""
    registry.tutor().forget(learner=learner)
    marks.drop(learner=learner)
