"""The attribute by which it is asked whether predictions are fair: off, until an operator names it and a ground in law.

Nothing of it is stored: groups are read when a page is made, and kept as figures of whole groups alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from metaedu_plugin.insights import people

log = logging.getLogger(__name__)

LEAST: Final = 30
"""Learners below whom a group is never shown, whatever the setting says: figures of fewer lead to persons."""

Read = Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True)
class Asked:
    """What the operator set."""

    attribute: str
    """Its name as instructors read it."""
    ground: str
    """The ground in law, as instructors read it."""
    read: str
    """Dotted name of a function of platform user ids that gives the group of those of whom it is known."""
    least: int = LEAST


def asked() -> Asked | None:
    """What holds; none where nothing is set, or not all of it: then a line in the log says what is missing."""
    # .. setting_name: METAEDU_FAIRNESS
    # .. setting_default: {}
    # .. setting_description: Lets instructors see whether predictions are as right for every group of learners. A
    #   dictionary: `attribute` (its name as it is read), `ground` (the ground in law on which it may be used for this),
    #   `read` (dotted name of f(user_ids) -> {user_id: group}), `least` (learners below whom a group is not shown, 30
    #   at least). Off while any of the first three is missing.
    given: Any = getattr(settings, "METAEDU_FAIRNESS", None) or {}
    if not given:
        return None
    try:
        named = {name: str(given.get(name) or "").strip() for name in ("attribute", "ground", "read")}
        least = max(int(given.get("least", LEAST)), LEAST)
    except (AttributeError, TypeError, ValueError) as error:
        log.warning("insights: METAEDU_FAIRNESS is not usable, so fairness is not shown: %s", error)
        return None
    missing = [name for name, value in named.items() if not value]
    if missing:
        log.warning("insights: METAEDU_FAIRNESS lacks %s, so fairness is not shown", ", ".join(missing))
        return None
    return Asked(**named, least=least)


def groups(asked: Asked, *, pseudonyms: Sequence[str]) -> dict[str, str] | None:
    """Group of each learner of whom it is known, by pseudonym; none where it cannot be read: the log says why.

    Learners who are imported, whom the platform does not know, have none.
    """
    users = people.user_ids(pseudonyms=pseudonyms)
    try:
        read: Read = import_string(asked.read)
        found = dict(read(sorted(set(users.values()))))
        return {one: str(found[user]) for one, user in users.items() if found.get(user) not in (None, "")}
    except Exception:  # an operator's function may raise anything
        log.exception("insights: %s, which METAEDU_FAIRNESS names, fails, so fairness is not shown", asked.read)
        return None
