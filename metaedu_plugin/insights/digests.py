"""Who gets the week's findings by e-mail: each instructor for themselves, and nobody unasked."""

from __future__ import annotations

from datetime import datetime

from django.core import signing

from metaedu_plugin.insights.models import DigestSubscription

SALT = "metaedu.insights.digest"


def subscribe(*, user_id: int, course: str) -> None:
    """From the next digest on; safe to repeat."""
    DigestSubscription.objects.get_or_create(user_id=user_id, course=course)


def unsubscribe(*, user_id: int, course: str) -> None:
    """No more digests of the course; safe to repeat."""
    DigestSubscription.objects.filter(user_id=user_id, course=course).delete()


def is_subscribed(*, user_id: int, course: str) -> bool:
    """Whether the person gets the course's digest."""
    return DigestSubscription.objects.filter(user_id=user_id, course=course).exists()


def due(*, before: datetime | None = None, course: str = "") -> list[DigestSubscription]:
    """Subscriptions whose last digest was sent before a moment, or never; with None, all of them."""
    rows = DigestSubscription.objects.order_by("course", "user_id")
    if before is not None:
        rows = rows.exclude(sent__gte=before)
    return list(rows.filter(course=course) if course else rows)


def token(row: DigestSubscription) -> str:
    """For the link that ends it without signing in; good for this subscription alone, for ever."""
    return signing.dumps([row.user_id, row.course], salt=SALT)


def of_token(text: str) -> tuple[int, str] | None:
    """User id and course that a token stands for; none for one that was not made here."""
    try:
        user_id, course = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(user_id), str(course)
