"""What a learner was suggested, and what they did with it: for that learner to look back at."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable
from typing import Final, TypedDict

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import sentences
from metaedu_plugin.tutoring.actions import NextAnswer
from metaedu_plugin.tutoring.catalogue import Catalogue
from metaedu_plugin.tutoring.models import LatestFeedback, Suggestion
from metaedu_plugin.tutoring.offers import Offer

log = logging.getLogger(__name__)

MOST: Final = 50
"""Suggestions that are kept of a learner in a course."""
ANSWERED: Final = "answered"


class Shown(TypedDict):
    """One suggestion, and what became of it."""

    when: datetime.datetime
    label: str
    title: str
    url: str
    sentence: str
    did: str
    """followed, answered, dismissed, open (the newest, still to be done) or nothing."""
    said: str
    """The same in words."""


def keep(following: NextAnswer, *, course: str, learner: str) -> None:
    """Keep that a next action was shown, unless it is the one that stands already, for whatever reason. Never raises.

    One query where it stands. A record that is missing is better than an answer that is.
    """
    action = following["action"]
    if action is None:
        return
    what = {"kind": action["kind"], "skill": action["skill"] or "", "item": action["item"] or ""}
    try:
        with transaction.atomic():
            rows = Suggestion.objects.filter(learner_id=learner, course=course).order_by("-pk")
            newest = rows.first()
            if newest and not _is_over(newest) and all(getattr(newest, name) == value for name, value in what.items()):
                return
            Suggestion.objects.create(
                learner_id=learner, course=course, shown=timezone.now(), reason=action["reason"], **what
            )
            if beyond := list(rows.values_list("pk", flat=True)[MOST:]):
                Suggestion.objects.filter(pk__in=beyond).delete()
    except Exception:
        log.exception("metaedu could not keep that a suggestion was shown")


def acted(did: str, offer: Offer, *, course: str, learner: str) -> None:
    """Note what the learner did with an offer, at the newest suggestion of it; what was dismissed stays dismissed."""
    rows = Suggestion.objects.filter(
        learner_id=learner, course=course, kind=offer.kind, skill=offer.skill or "", item=offer.item or ""
    )
    newest = rows.order_by("-pk").first()
    if newest and newest.did != "dismissed":
        Suggestion.objects.filter(pk=newest.pk).update(did=did)


def shown(*, user_id: int, course: str) -> list[Shown]:
    """What a platform user was suggested in a course, the newest first; makes nothing of who is not known."""
    mine = models.Q(learner__user_id=user_id, course=course)
    rows = list(Suggestion.objects.filter(mine).order_by("-pk"))
    answered = dict(
        LatestFeedback.objects.filter(mine, problem__in={capture.problem_of(row.item) for row in rows})
        .order_by("answered")
        .values_list("problem", "answered")
    )
    catalogue = Catalogue(course, [row.item for row in rows])
    return [_shown(row, answered, newest=not number, catalogue=catalogue) for number, row in enumerate(rows)]


def _shown(row: Suggestion, answered: dict[str, datetime.datetime], *, newest: bool, catalogue: Catalogue) -> Shown:
    skill = catalogue.skill(row.skill)
    link = catalogue.link(kind=row.kind, item=row.item, skill=row.skill)
    did = row.did
    # An item was answered, however the learner came to it. Something to read may carry the item that it is meant for.
    last = answered.get(capture.problem_of(row.item)) if row.kind != "read" else None
    if did != "dismissed" and last and last > row.shown:
        did = ANSWERED
    did = did or ("open" if newest else "nothing")
    return Shown(
        when=row.shown,
        label=sentences.kind(row.kind),
        title=link["title"] if link else catalogue.title(row.item) or skill,
        url=link["url"] if link else "",
        sentence=sentences.say(sentences.NEXT, row.reason, {"skill": skill}),
        did=did,
        said=_said(did),
    )


def _said(did: str) -> str:
    return {
        "answered": gettext("You answered it"),
        "followed": gettext("You opened it"),
        "dismissed": gettext("You said “not now”"),
        "open": gettext("Open to you now"),
    }.get(did) or gettext("You did something else")


def _is_over(row: Suggestion) -> bool:
    """Whether it is a new suggestion when the same comes again."""
    if row.did == "dismissed":
        return True
    rows = LatestFeedback.objects.filter(
        learner_id=row.learner_id, course=row.course, problem=capture.problem_of(row.item)
    )
    return bool(row.item) and rows.filter(answered__gt=row.shown).exists()


def days_of(all_of_them: Iterable[Shown]) -> list[tuple[datetime.date, list[Shown]]]:
    """The same, day by day as the platform counts them."""
    days: dict[datetime.date, list[Shown]] = {}
    for each in all_of_them:
        days.setdefault(timezone.localdate(each["when"]), []).append(each)
    return list(days.items())
