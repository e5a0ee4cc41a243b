"""What instructors decided about findings, and who wants them by e-mail."""

from __future__ import annotations

from django.db import models


class FindingDecision(models.Model):
    """An instructor accepted a finding, dismissed it with a reason, or found its kind not useful.

    .. pii: by is the instructor's user name
    .. pii_types: username
    .. pii_retirement: local_api
    """

    class Decision(models.TextChoices):
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"
        NOT_USEFUL = "not_useful"

    course = models.CharField(max_length=255)
    finding = models.CharField(max_length=255)
    """The finding's stable key: its reason code and what it is about."""
    decision = models.CharField(max_length=16, choices=Decision.choices)
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "finding"], name="metaedu_finding_once")]

    def __str__(self) -> str:
        return f"{self.finding}: {self.decision}"


class DigestSubscription(models.Model):
    """An instructor who asked for the week's findings of a course by e-mail.

    .. pii: user_id is the instructor's id on the platform
    .. pii_types: id
    .. pii_retirement: local_api
    """

    user_id = models.BigIntegerField()
    course = models.CharField(max_length=255)
    since = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True, blank=True)
    """When the last digest went out."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "course"], name="metaedu_digest_once")]

    def __str__(self) -> str:
        return f"{self.course}: user {self.user_id}"
