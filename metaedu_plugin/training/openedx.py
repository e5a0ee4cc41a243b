"""The course platform's own modules, as training needs them: who an actor of the platform's xAPI statements is."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from metaedu_plugin import inside

_EXTERNAL_ID: Final = "openedx.core.djangoapps.external_user_ids.models.ExternalId"
_AT_ONCE: Final = 500


def users_of(actors: Collection[str]) -> dict[str, int]:
    """Platform users by their outside names; none outside of the platform, and of names of another form."""
    model = inside.found(_EXTERNAL_ID, feature="answers from Aspects under the pseudonyms of the own tables")
    names = [actor for actor in actors if _is_uuid(actor)]
    if model is None:
        return {}
    users: dict[str, int] = {}
    for start in range(0, len(names), _AT_ONCE):
        known = model.objects.filter(external_user_id__in=names[start : start + _AT_ONCE])
        users |= {str(name): user for name, user in known.values_list("external_user_id", "user_id")}
    return users


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
