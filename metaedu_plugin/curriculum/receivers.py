"""What the curriculum does when capture, the admin or the platform has news."""

from __future__ import annotations

import logging
from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save

from metaedu_plugin.curriculum import discovery, openedx, writing
from metaedu_plugin.curriculum.models import Item, Page, PrerequisiteChange, SettingsChange, Skill
from metaedu_plugin.curriculum.published import published

log = logging.getLogger(__name__)


def on_responses_captured(*, responses: list[Any], **_: Any) -> None:
    """New courses and items get their rows; a failure never reaches capture."""
    try:
        discovery.note_items(seen=((response.course, response.item) for response in responses))
    except Exception:
        log.exception("curriculum: items of captured responses could not be noted")


def on_item_skills_found(*, course: str, item_skills: dict[str, tuple[str, ...]], **_: Any) -> None:
    """Imported data brings its own tags."""
    try:
        discovery.note_skills(course=course, item_skills=item_skills)
    except Exception:
        log.exception("curriculum: skills of imported data could not be noted")


def on_row_changed(*, instance: Any, **_: Any) -> None:
    """A row changed one by one, in the admin or a shell: cached maps of the course are old."""
    if instance.course_id:
        writing.touch(course_id=instance.course_id)


def on_links_changed(*, instance: Any, action: str, **_: Any) -> None:
    """Tags or prerequisites changed one by one."""
    if action.startswith("post_"):
        writing.touch(course_id=instance.course_id)


def on_forgotten(*, username: str, **_: Any) -> None:
    """A person was retired: what they set for a course stays, their name goes."""
    from metaedu_plugin.capture import api as capture  # noqa: PLC0415  models exist only from here on

    if username:
        for model in (SettingsChange, PrerequisiteChange):
            model._default_manager.filter(by=username[:150]).update(by=capture.NOBODY)


def connect() -> None:
    """Called once, when the applications are ready."""
    for model in (Skill, Item, Page):
        post_save.connect(on_row_changed, sender=model, dispatch_uid=f"metaedu-{model.__name__}-saved")
        post_delete.connect(on_row_changed, sender=model, dispatch_uid=f"metaedu-{model.__name__}-deleted")
    for through in (Skill.prerequisites.through, Item.skills.through, Page.skills.through):
        m2m_changed.connect(on_links_changed, sender=through, dispatch_uid=f"metaedu-{through.__name__}")

    openedx.connect(publish=published)

    from metaedu_plugin.capture import api as capture  # noqa: PLC0415  models exist only from here on

    capture.responses_captured.connect(on_responses_captured, dispatch_uid="metaedu-curriculum-responses")
    capture.learner_forgotten.connect(on_forgotten, dispatch_uid="metaedu-curriculum-forgotten")
    capture.item_skills_found.connect(on_item_skills_found, dispatch_uid="metaedu-curriculum-skills")
