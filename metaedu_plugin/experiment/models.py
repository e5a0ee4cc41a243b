"""Experiments of courses, who left them, and what each look at them found."""

from __future__ import annotations

from django.db import models


class Experiment(models.Model):
    """A share of a course's learners gets the course's own order. Rows stay: they are the course's record.

    .. pii: begun_by and ended_by are instructors' user names
    .. pii_types: username
    .. pii_retirement: local_api
    """

    course = models.CharField(max_length=255)
    share = models.FloatField()
    """Of learners who get the course's own order, above 0 and below 1."""
    smallest = models.FloatField()
    """The smallest difference worth having: a share of answers, 0.05 for five of a hundred."""
    salt = models.CharField(max_length=32)
    """Key of the hash that says who gets what; each experiment has its own."""
    begun = models.DateTimeField()
    begun_by = models.CharField(max_length=150)
    ended = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    open = models.BooleanField(null=True, default=True)
    """True while it runs, then empty: so a course has one at most: every database lets nulls repeat."""
    asked = models.DateTimeField(null=True, blank=True)
    """When somebody asked for a look that has not come yet."""
    trouble = models.TextField(blank=True)
    """Why the last look did not come, for a person; empty where it did."""

    class Meta:
        ordering = ["-begun", "-id"]
        constraints = [models.UniqueConstraint(fields=["course", "open"], name="metaedu_experiment_once")]

    def __str__(self) -> str:
        return f"{self.course}: since {self.begun:%Y-%m-%d}"


class Departure(models.Model):
    """A learner who does not want to be part of an experiment: gets suggestions, and counts for nothing in it.

    .. no_pii: the learner is a reference, and goes away with it
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="departures")
    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "learner"], name="metaedu_departure_once")]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.since:%Y-%m-%d}"


class Look(models.Model):
    """What an experiment came to at one moment: figures of groups, nothing of a single learner.

    .. no_pii:
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="looks")
    made = models.DateTimeField()
    figures = models.JSONField()
    """`difference.Difference`."""

    class Meta:
        ordering = ["made", "id"]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.made:%Y-%m-%d}"
