"""All that is kept of one learner, for that learner."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
from django.apps import apps
from django.db import models
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import states

HIDDEN: Final = {"id", "learner_id"}


def own_data(*, user_id: int) -> dict[str, Any]:
    """What is stored of a platform user, what is derived of it, and what was shown, as JSON takes it.

    For somebody of whom nothing is known it is empty, and nothing is made.
    """
    capture.drain()
    kept = capture.kept(user_id=user_id)
    learner = kept["learner"]
    courses = sorted({row["course"] for row in kept["responses"]})
    return {
        "made": msgspec.to_builtins(timezone.now()),
        **kept,
        "mastery": {course: _mastery(course=course, learner=learner) for course in courses},
        "shown": {name: _rows(model, learner) for name, model in models_of_learners()},
        "experiments_left": experiment.departures(learner=learner),
    }


def _mastery(*, course: str, learner: str) -> dict[str, Any]:
    """Where the model takes the learner to stand, skill by skill."""
    states.ensure(course=course, learner=learner)
    titles = {key: skill.title for key, skill in curriculum.skills(course=course).items()}
    policy = curriculum.policy(course=course)
    found = registry.tutor().mastery(
        course=course, learner=learner, skills=list(titles), now=time.time(), policy=policy
    )
    return {
        "model": states.answering(course=course, learner=learner).model,
        "skills": [{**msgspec.to_builtins(each), "title": titles[each.skill]} for each in found],
    }


def models_of_learners() -> list[tuple[str, type[models.Model]]]:
    """Models that hold what was made of a learner, here and in the registry; one that is added later is among them."""
    found = [model for app in ("tutoring", "registry") for model in apps.get_app_config(f"metaedu_{app}").get_models()]
    return [(model.__name__, model) for model in found if any(field.name == "learner" for field in model._meta.fields)]


def _rows(model: type[models.Model], learner: str) -> list[dict[str, Any]]:
    rows = model._default_manager.filter(learner__pseudonym=learner).order_by("pk").values()
    return [{name: msgspec.to_builtins(value) for name, value in row.items() if name not in HIDDEN} for row in rows]
