"""Who an actor of Aspects is here: the same pseudonym as in the own tables wherever that can be found out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping

from metaedu_plugin.capture import api as capture
from metaedu_plugin.training import openedx

log = logging.getLogger(__name__)


class People:
    """The actors of one reading."""

    def __init__(self, actors: Collection[str], *, told: Mapping[str, int]) -> None:
        """`told` is what Aspects' own table knows of platform users; the platform's goes before it."""
        users = {**told, **openedx.users_of(actors)}
        unknown = sum(actor not in users for actor in actors)
        if unknown:
            log.warning(
                "metaedu: %d of %d learners in Aspects cannot be told from their platform users here, so their"
                " pseudonyms differ from those of the own tables, and whoever keeps their answers to themselves is not"
                " found among them. Train in a worker of the platform, which knows them.",
                unknown,
                len(actors),
            )
        self._found = capture.outsiders(names={actor: users.get(actor) for actor in actors})

    def pseudonym(self, actor: str, course: str) -> str | None:
        """The learner; None for somebody who was retired, or whose answers in the course are not to be used."""
        found = self._found.get(actor)
        return found.pseudonym if found is not None and found.shares(course=course) else None

    def state(self, actors: Collection[str], course: str) -> str:
        """Of a course with these actors: changes when one is retired or chooses otherwise, comes, or becomes known."""
        told = sorted((actor, self.pseudonym(actor, course) or "") for actor in actors)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
