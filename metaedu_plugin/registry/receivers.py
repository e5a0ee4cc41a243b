"""What the registry does when something happens."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import gateway, predictions, retired, shelf
from metaedu_plugin.registry.models import ModelVersion
from metaedu_plugin.registry.signals import promoted

logger = logging.getLogger(__name__)


@receiver(promoted)
def serve_at_once(**_: Any) -> None:
    """The process that promoted serves the new champion without waiting for the next look."""
    gateway.look_again()


@receiver(promoted)
def point_to_it(**_: Any) -> None:
    """A serving process follows a link to the champion: whoever that is now, of two that were promoted at once."""
    row = ModelVersion.objects.filter(seat=1).first()
    if row:
        try:
            shelf.point_to(Path(row.path))
        except OSError as error:
            logger.error("metaedu: serving processes do not learn that %s is champion: %s", row.name, error)


@receiver(capture.learner_forgotten)
def mark_versions(*, courses: dict[str, datetime], username: str, **_: Any) -> None:
    """A person was retired: what learned from them is marked, and their name goes from the log."""
    retired.mark(courses=courses)
    if username:
        retired.unname(username=username)


@receiver(capture.responses_invalidated)
def forget_predictions(*, invalidated: Sequence[capture.Invalidated], **_: Any) -> None:
    """Answers were reset or graded again: what was predicted of them tells nothing any more."""
    try:
        predictions.take_back(invalidated)
    except Exception:
        logger.exception("metaedu: %d predictions of answers that no longer count stay", len(invalidated))


@receiver(setting_changed)
def start_anew(*, setting: str, **_: Any) -> None:
    """Settings change in tests alone; the gateway is made of them."""
    if setting.startswith("METAEDU_"):
        gateway.reset()
