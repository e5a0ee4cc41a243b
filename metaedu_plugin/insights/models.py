"""What instructors decided about findings."""

from __future__ import annotations

from django.db import models


class FindingDecision(models.Model):
    """An instructor accepted or dismissed a finding.

    .. pii: by is the instructor's user name
    .. pii_types: username
    .. pii_retirement: local_api
    """

    class Decision(models.TextChoices):
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"

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
