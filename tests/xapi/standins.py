"""Three modules of the platform that event-routing-backends asks for names, as small as they can be.

The platform cannot be installed beside these tests; everything else on an event's way is the real thing.
"""

from __future__ import annotations

import sys
import uuid
from types import ModuleType
from typing import Any


def install() -> None:
    """Before Django is set up: event-routing-backends imports them with its models."""
    student, overviews, external = (
        _module("common.djangoapps.student.models"),
        _module("openedx.core.djangoapps.content.course_overviews.api"),
        _module("openedx.core.djangoapps.external_user_ids.models"),
    )
    student.get_potentially_retired_user_by_username = lambda username: None  # type: ignore[attr-defined]
    overviews.get_course_overviews = lambda keys: [  # type: ignore[attr-defined]
        {"id": str(key), "display_name": f"The course {key.course}"} for key in keys
    ]
    external.ExternalId, external.ExternalIdType = ExternalId, ExternalIdType  # type: ignore[attr-defined]


class ExternalIdType:
    """Kinds of outside names."""

    XAPI = "xapi"


class ExternalId:
    """A learner's name outside the platform: an id that tells nothing."""

    def __init__(self, external_user_id: uuid.UUID) -> None:
        self.external_user_id = external_user_id

    @classmethod
    def add_new_user_id(cls, user: Any, type_name: str) -> tuple[ExternalId, bool]:
        """The user's outside name of this kind."""
        return cls(external_id(user.pk)), True


def external_id(user_id: int) -> uuid.UUID:
    """The same name each time."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"user {user_id}")


def _module(name: str) -> ModuleType:
    parent = None
    path = ""
    for part in name.split("."):
        path = f"{path}.{part}" if path else part
        module = sys.modules.get(path)
        if module is None:
            module = sys.modules[path] = ModuleType(path)
            module.__path__ = []
        if parent is not None:
            setattr(parent, part, module)
        parent = module
    assert parent is not None
    return parent
