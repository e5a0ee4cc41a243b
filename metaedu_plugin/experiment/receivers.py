"""What experiments listen to."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment.models import Experiment


def connect() -> None:
    """Called once, when Django is ready."""
    capture.learner_forgotten.connect(on_forgotten, dispatch_uid="metaedu_experiment.forgotten")


def on_forgotten(username: str, **kwargs: Any) -> None:
    """A person was retired. As a learner they left with their rows; as an instructor their name goes."""
    if username:
        for name in ("begun_by", "ended_by"):
            Experiment.objects.filter(**{name: username[:150]}).update(**{name: capture.NOBODY})
