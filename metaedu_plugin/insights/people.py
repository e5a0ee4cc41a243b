"""Who is behind a pseudonym: for staff, inside the platform, alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture

BATCH = 500


def names(*, pseudonyms: Iterable[str]) -> dict[str, str]:
    """Full name or user name of each learner; of imported learners a short form of the pseudonym."""
    asked = list(pseudonyms)
    users: dict[str, int] = {}
    for start in range(0, len(asked), BATCH):
        users |= capture.user_ids(pseudonyms=asked[start : start + BATCH])
    found: dict[int, str] = {}
    ids = sorted(set(users.values()))
    for start in range(0, len(ids), BATCH):
        for user in get_user_model()._default_manager.filter(pk__in=ids[start : start + BATCH]):
            full = getattr(user, "get_full_name", str)
            found[user.pk] = full() or user.get_username()
    return {
        one: found.get(users.get(one, 0)) or _("Learner %(code)s") % {"code": one[:6]} for one in dict.fromkeys(asked)
    }
