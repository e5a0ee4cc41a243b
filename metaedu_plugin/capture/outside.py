"""People as another store of the platform's events names them: who they are here, and what of theirs may be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

import msgspec

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.choices import ALL
from metaedu_plugin.capture.models import Choice, Learner, Retired

AT_ONCE = 500
"""Names a query."""
Item = TypeVar("Item")


class Outsider(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom another store knows."""

    pseudonym: str
    answers: dict[str, bool] = {}
    """Course -> whether their answers may be used, where they chose; the empty course stands for all others."""

    def shares(self, *, course: str) -> bool:
        """Whether their answers in the course may be used."""
        return self.answers.get(course, self.answers.get(ALL, True))


def outsiders(*, names: Mapping[str, int | None]) -> dict[str, Outsider]:
    """By their names there; those who were retired are left out, and nothing is stored.

    `names` leads from a name to the platform's user, or to None where that is not known: then the name itself
    becomes the pseudonym, as that of an imported file, and choices of the person cannot be found.
    """
    found: dict[str, Outsider] = {}
    for some in _batches(names.items()):
        subjects = {name: f"id:{name}" if user is None else f"user:{user}" for name, user in some}
        marks = {name: identity.retired(subject) for name, subject in subjects.items()}
        gone = set(Retired.objects.filter(mark__in=list(marks.values())).values_list("mark", flat=True))
        users = [user for _, user in some if user is not None]
        known = dict(Learner.objects.filter(user_id__in=users).values_list("user_id", "pseudonym"))
        chosen: dict[int | None, dict[str, bool]] = {}
        for user, course, answers in Choice.objects.filter(learner__user_id__in=users).values_list(
            "learner__user_id", "course", "answers"
        ):
            chosen.setdefault(user, {})[course] = answers
        for name, user in some:
            if marks[name] not in gone:
                pseudonym = known.get(user) or identity.pseudonym(subjects[name])
                found[name] = Outsider(pseudonym=pseudonym, answers=chosen.get(user, {}))
    return found


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some
