"""Who may see a course's insights: the platform decides, through one setting."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def is_course_staff(*, user: Any, course: str) -> bool:
    """Ask `settings.METAEDU_COURSE_STAFF`, a dotted `f(user, course_key) -> bool`.

    Without the setting, the staff of the whole site.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    # .. setting_name: METAEDU_COURSE_STAFF
    # .. setting_default: the platform's roles in the LMS, else the staff of the site
    # .. setting_description: Dotted name of f(user, course_key) -> bool: who may see a course's insights.
    return bool(_rule(getattr(settings, "METAEDU_COURSE_STAFF", None))(user, course))


@lru_cache(maxsize=4)
def _rule(path: str | None) -> Callable[[Any, str], bool]:
    return import_string(path) if path else _site_staff


def _site_staff(user: Any, course: str) -> bool:
    return bool(user.is_staff or user.is_superuser)
