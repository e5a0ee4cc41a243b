"""The LMS: a worker that trains has the training app, and nothing else has."""

from __future__ import annotations

import os
from typing import Any

APP = "metaedu_plugin.training"
YES = {"1", "true", "yes", "on"}


def plugin_settings(settings: Any) -> None:
    """Install the training app where METAEDU_TRAINING, of the settings or of the environment, asks for it.

    It imports torch: for the processes that take trainings from the queue, never for those that answer requests.
    """
    # .. toggle_name: METAEDU_TRAINING
    # .. toggle_implementation: DjangoSetting
    # .. toggle_default: False
    # .. toggle_description: Whether this process can train: it installs the training app, which imports torch. For
    #   workers that take trainings from the queue, never for processes that answer requests.
    # .. toggle_use_cases: opt_in
    # .. toggle_creation_date: 2026-11-26
    wanted = getattr(settings, "METAEDU_TRAINING", os.environ.get("METAEDU_TRAINING", ""))
    apps = getattr(settings, "INSTALLED_APPS", None)
    if str(wanted).lower() in YES and isinstance(apps, list | tuple) and APP not in apps:
        settings.INSTALLED_APPS = [*apps, APP]
