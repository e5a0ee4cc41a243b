"""Who is behind a pseudonym: for staff, inside the platform, alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture

T = TypeVar("T")
BATCH = 500
SEARCHED = 900
"""People searched in one query: with the words, no more values than every database takes."""
WORDS = 5
"""Words of a search that count."""


def names(*, pseudonyms: Iterable[str]) -> dict[str, str]:
    """Full name or user name of each learner; of imported learners a short form of the pseudonym."""
    asked = list(dict.fromkeys(pseudonyms))
    users = user_ids(pseudonyms=asked)
    found: dict[int, str] = {}
    for some in _batches(sorted(set(users.values()))):
        for user in get_user_model()._default_manager.filter(pk__in=some):
            full = getattr(user, "get_full_name", str)
            found[user.pk] = full() or user.get_username()
    return {one: found.get(users.get(one, 0)) or unnamed(one) for one in asked}


def unnamed(pseudonym: str) -> str:
    """What someone is called of whom the platform knows no name."""
    return _("Learner %(code)s") % {"code": pseudonym[:6]}


def user_ids(*, pseudonyms: Iterable[str]) -> dict[str, int]:
    """The platform's users behind the pseudonyms, where there are any."""
    users: dict[str, int] = {}
    for some in _batches(list(pseudonyms)):
        users |= capture.user_ids(pseudonyms=some)
    return users


def search(text: str, *, pseudonyms: Collection[str], users: Mapping[str, int]) -> set[str]:
    """Those whose name holds every word of the text, or whose pseudonym begins with it."""
    words = text.split()[:WORDS]
    model = get_user_model()
    known = {field.name for field in model._meta.get_fields()}
    fields = sorted({model.USERNAME_FIELD, "first_name", "last_name"} & known)
    wanted = Q()
    for word in words:
        named = Q()
        for field in fields:
            named |= Q(**{f"{field}__icontains": word})
        wanted &= named
    found: set[int] = set()
    for some in _batches(sorted(set(users.values())), SEARCHED):
        found.update(model._default_manager.filter(wanted, pk__in=some).values_list("pk", flat=True))
    code = words[-1].lower() if words else ""
    return {one for one in pseudonyms if users.get(one) in found or one.startswith(code)}


def _batches(listed: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
