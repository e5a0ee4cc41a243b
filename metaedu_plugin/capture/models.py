"""What is kept of what learners do. Rows are written by `capture.ingest` alone."""

from __future__ import annotations

from django.db import models


class Learner(models.Model):
    """A person, known outside this database by the pseudonym only.

    .. pii: user_id is the platform's id of the person
    .. pii_types: id
    .. pii_retirement: local_api
    """

    pseudonym = models.CharField(max_length=32, unique=True)
    user_id = models.BigIntegerField(null=True, blank=True, unique=True)
    """The platform's user, where the learner came from the platform's events."""

    def __str__(self) -> str:
        return self.pseudonym


class Response(models.Model):
    """One graded attempt of a learner at an item.

    .. no_pii: the learner is a reference, and goes away with it
    """

    key = models.CharField(max_length=32, unique=True)
    """Idempotency key: made of the event's identity and the part, so that an event counts once."""
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="responses", db_index=False)
    course = models.CharField(max_length=255)
    problem = models.CharField(max_length=255)
    part = models.CharField(max_length=64, blank=True)
    item = models.CharField(max_length=255)
    """The gradable part: `problem#part`, or the problem alone where the source knows no parts."""
    correct = models.BooleanField()
    score = models.FloatField()
    """Share of the points, 0 to 1."""
    attempt = models.PositiveIntegerField(default=1)
    hints = models.PositiveIntegerField(default=0)
    """Hints and shown answers of the problem before this attempt."""
    seconds = models.FloatField(null=True, blank=True)
    choice = models.CharField(max_length=255, blank=True)
    """What was chosen, for inputs with options only: never free text."""
    time = models.DateTimeField(null=True, blank=True)
    """When; empty where the source does not say."""
    valid = models.BooleanField(default=True)
    """False once the learner's state was reset, or a rescore graded the problem again."""
    captured = models.DateTimeField(auto_now_add=True)
    slot = models.BigIntegerField(null=True, blank=True, db_index=True)
    """Hash of learner, course and half-hour: finds what came just before in one query a batch."""
    place = models.BigIntegerField(null=True, blank=True)
    """Hash of learner and block as it stands in the course: resets and rescores name that, not a library's original."""
    graded = models.DateTimeField(null=True, blank=True)
    """When a rescore graded the answer again; empty where the first grading stands."""

    class Meta:
        ordering = ["time", "id"]
        indexes = [
            models.Index(fields=["learner", "course", "time"]),
            models.Index(fields=["course", "item"]),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} {self.item} {'right' if self.correct else 'wrong'}"


class Activity(models.Model):
    """What happens besides answering: hints, shown answers, completion, enrolment, and what makes answers invalid.

    .. no_pii: the learner is a reference, and goes away with it
    """

    class Kind(models.TextChoices):
        HINT = "hint"
        SHOW_ANSWER = "show_answer"
        COMPLETION = "completion"
        ENROLLED = "enrolled"
        UNENROLLED = "unenrolled"
        RESET = "reset"
        RESCORED = "rescored"

    key = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="activities", db_index=False)
    course = models.CharField(max_length=255)
    block = models.CharField(max_length=255, blank=True)
    time = models.DateTimeField()
    slot = models.BigIntegerField(db_index=True)
    """As in `Response`."""
    place = models.BigIntegerField(db_index=True)
    """Hash of learner and block: finds the hints of a batch's learners on its problems in one query."""

    class Meta:
        indexes = [models.Index(fields=["learner"]), models.Index(fields=["course", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.block}"


class DeadLetter(models.Model):
    """Something that could not be understood, with the reason; kept until it is replayed or deleted.

    .. pii: the raw event, with its personal fields dropped, may hold a user id
    .. pii_types: id
    .. pii_retirement: local_api
    """

    key = models.CharField(max_length=32, unique=True)
    source = models.CharField(max_length=255)
    """File and line, or `live`."""
    reason = models.CharField(max_length=64)
    """Stable code."""
    detail = models.TextField()
    """What to do about it, for a person."""
    raw = models.TextField()
    received = models.DateTimeField(auto_now_add=True)
    replayed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["reason"])]

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class Switch(models.Model):
    """Instance-wide switches: the lowest layer holds them, so that every app can ask.

    .. pii: changed_by is the operator's user name
    .. pii_types: username
    .. pii_retirement: local_api
    """

    class Name(models.TextChoices):
        CAPTURE = "capture"
        FEEDBACK = "feedback"

    name = models.CharField(max_length=16, choices=Name.choices, unique=True)
    on = models.BooleanField(default=True)
    changed = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {'on' if self.on else 'off'}"


class Choice(models.Model):
    """What a learner chose for themselves, for one course or for all; the most specific row counts.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="choices", db_index=False)
    course = models.CharField(max_length=255, blank=True)
    """Empty for all courses."""
    feedback = models.BooleanField(default=True)
    """Whether they are shown anything."""
    answers = models.BooleanField(default=True)
    """Whether their answers are taken in."""
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "course"], name="metaedu_choice_once")]

    def __str__(self) -> str:
        return f"{self.course or 'all courses'}: feedback {self.feedback}, answers {self.answers}"


class Retired(models.Model):
    """Who is never to be taken in again, however late their events arrive.

    .. pii: a keyed hash of the retired person's id; without this installation's secret it leads to nobody
    .. pii_types: id
    .. pii_retirement: retained
    """

    mark = models.CharField(max_length=32, unique=True)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.mark
