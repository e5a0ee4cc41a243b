"""The right to be forgotten."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from metaedu_plugin.capture import drain, identity
from metaedu_plugin.capture.models import Activity, DeadLetter, Learner, Response


def forget(*, user_id: int) -> str:
    """Delete all that is kept of a platform user: rows, dead letters, lines of this machine's spool.

    Returns the pseudonym, so that the caller can delete what it keeps under it. Safe to repeat, also for a user
    of whom nothing is known.
    """
    drain.remove(user_id)
    known = Learner.objects.filter(user_id=user_id).values_list("pseudonym", flat=True).first()
    pseudonym = known or identity.pseudonym(f"user:{user_id}")
    with transaction.atomic():
        learner = Q(learner__pseudonym=pseudonym)
        Response.objects.filter(learner).delete()
        Activity.objects.filter(learner).delete()
        Learner.objects.filter(pseudonym=pseudonym).delete()
        DeadLetter.objects.filter(_names(user_id)).delete()
    return pseudonym


def _names(user_id: int) -> Q:
    """Dead letters are compact JSON, written here alone, with ids as numbers."""
    return Q(raw__contains=f'"user_id":{user_id},') | Q(raw__contains=f'"user_id":{user_id}}}')
