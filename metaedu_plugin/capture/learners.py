"""Learners by the source's names for them."""

from __future__ import annotations

from collections.abc import Iterable

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.models import Learner
from metaedu_plugin.capture.rows import Row


def resolve(rows: Iterable[Row]) -> dict[str, Learner]:
    """Subject -> learner of all rows, with the missing ones created; two or four queries.

    A platform user keeps the pseudonym of the first time, should the secret have changed since.
    """
    users = {row.subject: row.user_id for row in rows}
    found = _stored(users)
    missing = [subject for subject in users if subject not in found]
    if missing:
        new = [Learner(pseudonym=identity.pseudonym(subject), user_id=users[subject]) for subject in missing]
        Learner.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
        found |= _stored({subject: users[subject] for subject in missing})
    return found


def _stored(users: dict[str, int | None]) -> dict[str, Learner]:
    by_user = {user_id: subject for subject, user_id in users.items() if user_id is not None}
    by_name = {identity.pseudonym(subject): subject for subject, user_id in users.items() if user_id is None}
    found = {}
    if by_user:
        for learner in Learner.objects.filter(user_id__in=list(by_user)):
            found[by_user[learner.user_id or 0]] = learner
    if by_name:
        for learner in Learner.objects.filter(pseudonym__in=list(by_name)):
            found[by_name[learner.pseudonym]] = learner
    return found
