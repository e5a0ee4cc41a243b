"""Which model serves, how it got there, and what was trained."""

from __future__ import annotations

from django.db import models


class ModelVersion(models.Model):
    """A bundle that was registered. The bundle itself never changes; what changes is its role.

    .. no_pii:
    """

    class Role(models.TextChoices):
        CANDIDATE = "candidate"
        CHAMPION = "champion"
        RETIRED = "retired"
        REFUSED = "refused"

    name = models.CharField(max_length=64, unique=True)
    """The version's name, as every reply quotes it."""
    path = models.CharField(max_length=500)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.CANDIDATE)
    metrics = models.JSONField(default=dict)
    """The evaluation's table, as the gate saw it."""
    decision = models.JSONField(default=dict)
    """The gate's decision with its figures and its reason."""
    created = models.DateTimeField(auto_now_add=True)
    promoted = models.DateTimeField(null=True, blank=True)
    """When it last became champion."""
    seat = models.PositiveSmallIntegerField(null=True, blank=True, unique=True, editable=False)
    """1 for the champion, empty for all others: so the database itself never lets two be champion."""
    withdrawn = models.DateTimeField(null=True, blank=True)
    """When it was rolled back; a later roll-back does not return to it."""
    retired_learners = models.PositiveIntegerField(default=0)
    """How many learners it had learned from, itself or through the version it started with, were retired since."""

    class Meta:
        ordering = ["-id"]
        permissions = [("operate", "Can operate metaedu: promote, roll back, train, switch")]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


class TrainingRun(models.Model):
    """One run of the training: its progress while it goes on, its outcome when it has ended.

    .. no_pii:
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    options = models.JSONField(default=dict)
    stage = models.CharField(max_length=64, blank=True)
    progress = models.FloatField(default=0.0)
    epochs = models.JSONField(default=list)
    """One object per epoch: `epoch`, `train_loss`, `train_accuracy`, `test_loss`, `test_accuracy`."""
    message = models.TextField(blank=True)
    version = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    """The last sign of life."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.state}"


class RegistryLog(models.Model):
    """Who promoted, rolled back or switched what, when and why. Only ever added to.

    .. pii: by is the operator's user name
    .. pii_types: username
    .. pii_retirement: local_api
    """

    action = models.CharField(max_length=32)
    version = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=150)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.version}"


class KeptPrediction(models.Model):
    """What a version said of an answer before it came, and what came: written once, bounded in age.

    Here, since both who predicts for learners and who tells instructors how right it was need it.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    item = models.CharField(max_length=255)
    response = models.CharField(max_length=32, unique=True)
    """The response's key: what is said of it again, knowing it, is no prediction."""
    model = models.CharField(max_length=64)
    expected = models.FloatField()
    """Chance of success, 0 to 1."""
    correct = models.BooleanField()
    time = models.DateTimeField()
    """When it was answered."""

    class Meta:
        indexes = [models.Index(fields=["course", "model", "id"], name="metaedu_prediction_course")]

    def __str__(self) -> str:
        return f"{self.model}: {self.expected:.2f} of {self.item}, {'right' if self.correct else 'wrong'}"
