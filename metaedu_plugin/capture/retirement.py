"""The right to be forgotten, and the right to see what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Min, Q

from metaedu_plugin.capture import drain, identity
from metaedu_plugin.capture.models import Activity, Choice, DeadLetter, Learner, Response, Retired, Switch
from metaedu_plugin.capture.signals import learner_forgotten

NOBODY = "retired"
"""In the place of an operator's name."""


def forget(*, user_id: int, username: str = "", for_good: bool = False) -> str:
    """Delete all that is kept of a platform user, here and in the apps above: all of it or none.

    Rows, choices, dead letters and the lines of this machine's spool go; the apps above are told by
    `learner_forgotten`. With `username`, it goes from the records of who did what, too. With `for_good`, events of
    the person that arrive later, as from another machine's spool or an old log, are not taken in either.

    Returns the pseudonym. Safe to repeat, also for a user of whom nothing is known. Raises what a receiver raises,
    as the store of learner states does while it is away: then nothing is deleted, and the call is to be repeated.
    """
    drain.remove(user_id)
    subject = f"user:{user_id}"
    known = Learner.objects.filter(user_id=user_id).values_list("pseudonym", flat=True).first()
    pseudonym = known or identity.pseudonym(subject)
    with transaction.atomic():
        learner = Q(learner__pseudonym=pseudonym)
        answered = Response.objects.filter(learner).order_by().values_list("course").annotate(first=Min("captured"))
        courses = dict(answered)
        Response.objects.filter(learner).delete()
        Activity.objects.filter(learner).delete()
        Learner.objects.filter(pseudonym=pseudonym).delete()
        DeadLetter.objects.filter(_names(user_id)).delete()
        if username:
            Switch.objects.filter(changed_by=username[:150]).update(changed_by=NOBODY)
        if for_good:
            Retired.objects.get_or_create(mark=identity.retired(subject))
        # Last: what an app keeps outside of the database cannot be taken back.
        learner_forgotten.send(sender=None, learner=pseudonym, user_id=user_id, username=username, courses=courses)
    return pseudonym


def kept(*, user_id: int) -> dict[str, Any]:
    """All that capture keeps of a platform user, as JSON takes it; `learner` is empty for one that is not known."""
    learner = Learner.objects.filter(user_id=user_id).first()
    rows = [
        (name, model.objects.filter(learner=learner).order_by("id").values())
        for name, model in (("choices", Choice), ("responses", Response), ("activities", Activity))
    ]
    letters = DeadLetter.objects.filter(_names(user_id)).order_by("id").values("source", "reason", "raw", "received")
    return {
        "learner": learner.pseudonym if learner else "",
        "user_id": user_id,
        **{name: [_told(row) for row in found] for name, found in rows},
        "not_understood": [msgspec.to_builtins(row) for row in letters],
    }


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {"id", "learner_id", "slot", "place"}
    return {name: msgspec.to_builtins(value) for name, value in row.items() if name not in hidden}


def _names(user_id: int) -> Q:
    """Dead letters are compact JSON, written here alone, with ids as numbers."""
    return Q(raw__contains=f'"user_id":{user_id},') | Q(raw__contains=f'"user_id":{user_id}}}')
