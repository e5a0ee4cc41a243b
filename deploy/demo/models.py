"""What the demo platform itself remembers: who joined, and how far they are."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Enrolment(models.Model):
    """A user is in the course.

    .. no_pii: the user is a reference
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    course = models.CharField(max_length=255)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "course"], name="demo_enrolled_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.course}"


class ProblemState(models.Model):
    """How far a user is with a problem.

    .. no_pii: the user is a reference
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    problem = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=0)
    hints = models.PositiveIntegerField(default=0)
    answer_shown = models.BooleanField(default=False)
    right = models.BooleanField(default=False)
    """Fully right at some time."""
    answers = models.JSONField(default=dict)
    """What the form sent last."""
    student_answers = models.JSONField(default=dict)
    correct_map = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "problem"], name="demo_problem_state_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.problem}"


class PageRead(models.Model):
    """A user has read the page of a unit.

    .. no_pii: the user is a reference
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    unit = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "unit"], name="demo_page_read_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.unit}"
