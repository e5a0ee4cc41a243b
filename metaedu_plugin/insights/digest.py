"""The week's findings of a course as an e-mail: what the class needs, how many learners it concerns, and a link.

No learner is named in it: mail travels further than a page does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import digests, openedx
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.messages import absolute
from metaedu_plugin.insights.models import DigestSubscription

log = logging.getLogger(__name__)

PAUSE: Final = timedelta(days=6)
"""A digest of a course goes to a person once in this time, however often the command runs."""


@dataclass(frozen=True)
class Sent:
    """What became of one subscription."""

    course: str
    what: str
    """sent, nothing (no finding, so no mail), gone (nobody to send it to, subscription ended), failed."""


def send(*, course: str = "", again: bool = False, now: datetime | None = None) -> Iterator[Sent]:
    """Send what is due; one that fails does not keep the others from it.

    `again` sends also what went out within the last days. Raises `selectors.StillReading` while a large course is read.
    """
    moment = now or timezone.now()
    for row in digests.due(before=None if again else moment - PAUSE, course=course):
        try:
            what = _send(row, moment)
        except (OSError, ValueError) as error:
            log.warning(
                "insights: the digest of %s could not be sent to user %s; it is tried again at the next run. Check"
                " EMAIL_HOST and the other mail settings: %s",
                row.course,
                row.user_id,
                error,
            )
            what = "failed"
        yield Sent(course=row.course, what=what)


def _send(row: DigestSubscription, now: datetime) -> str:
    user = get_user_model()._default_manager.filter(pk=row.user_id, is_active=True).first()
    address = getattr(user, get_user_model().get_email_field_name(), "") if user else ""
    if not user or not address or not curriculum.is_course_staff(user=user, course=row.course):
        row.delete()
        return "gone"
    with translation.override(openedx.language_of(user) or settings.LANGUAGE_CODE):
        mail = message(row, to=address)
    if mail is None:
        return "nothing"
    mail.send()
    DigestSubscription.objects.filter(pk=row.pk).update(sent=now)
    return "sent"


def message(row: DigestSubscription, *, to: str) -> EmailMessage | None:
    """The mail in the language that is active; none where nothing stands out this week. Raises `StillReading`."""
    board = Board.of(course=row.course)
    top, rest = board.open
    if not top:
        return None
    stop = absolute(reverse("metaedu_insights:stop-digest", args=[digests.token(row)]))
    context: dict[str, Any] = {
        "title": board.room.title,
        "findings": top,
        "more": len(rest),
        "page": absolute(reverse("metaedu_insights:page", args=[row.course])),
        "stop": stop,
    }
    subject = " ".join((_("What %(course)s needs this week") % {"course": board.room.title}).split())
    return EmailMessage(
        subject=subject,
        body=render_to_string("metaedu/insights/digest.txt", context),
        to=[to],
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
