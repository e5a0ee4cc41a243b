"""What was said to learners, and how far each learner's state has come."""

from __future__ import annotations

from django.db import models


class LatestFeedback(models.Model):
    """What the model said about a learner's latest response to an item.

    Kept because "before" can only be told at the moment of observing; at once the record of what was shown.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    problem = models.CharField(max_length=255)
    item = models.CharField(max_length=255)
    response = models.CharField(max_length=32)
    """The response's key."""
    answered = models.DateTimeField()
    payload = models.JSONField(null=True)
    """`serving.types.Feedback`; empty for a response that came in bulk, until somebody asks for it."""
    model = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "course", "item"], name="metaedu_feedback_once")]
        indexes = [models.Index(fields=["learner", "course", "problem"], name="metaedu_feedback_problem")]

    def __str__(self) -> str:
        return f"{self.item}: {self.model}"


class ObservedUpTo(models.Model):
    """Up to which stored response a model version has observed a learner for certain.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    model = models.CharField(max_length=64)
    row = models.BigIntegerField()
    """`capture.Captured.id`; later ones may have been observed too."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "course", "model"], name="metaedu_observed_once")]
        indexes = [models.Index(fields=["course", "model", "row"], name="metaedu_observed_last")]

    def __str__(self) -> str:
        return f"{self.course}: {self.model} up to {self.row}"


class WaitingRetraction(models.Model):
    """A learner whose state in a course is to be taken back and made again: a reset or a rescore, until it is done.

    .. no_pii: the learner is a reference, and goes away with it
    """

    key = models.CharField(max_length=32, unique=True)
    """The retraction's id, see `serving.tutor.Tutor.retract`."""
    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    noted = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.course}: {self.key}"


class DismissedAction(models.Model):
    """What a learner does not want to be offered for a while.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    reading = models.BooleanField()
    """Whether it was something to read; else something to answer."""
    subject = models.CharField(max_length=255)
    """The skill to read about, or the problem to answer."""
    reason = models.CharField(max_length=64)
    """Stable code of why it was offered."""
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "course", "reading", "subject"], name="metaedu_dismissed_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject}: until {self.until:%Y-%m-%d}"


class ReachedSkill(models.Model):
    """A skill that a learner was told they have got the hang of: what is said once is not silently taken back.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    skill = models.CharField(max_length=255)
    responses = models.IntegerField()
    """The learner's answers on the skill up to then."""
    correct = models.IntegerField()
    reached = models.DateTimeField()
    mastered = models.FloatField(default=0.85)
    """Mastery that counted as mastered then."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "course", "skill"], name="metaedu_reached_once")]

    def __str__(self) -> str:
        return f"{self.skill}: {self.reached:%Y-%m-%d}"


class SkillCards(models.Model):
    """What a memory model keeps of a learner's skills: when each is to be refreshed.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    cards = models.JSONField()
    """`cards.Written`."""
    row = models.BigIntegerField()
    """`capture.Captured.id` of the newest stored response that was taken in."""
    newest = models.DateTimeField(null=True)
    """When the latest of them was answered."""
    model = models.CharField(max_length=64)
    """The memory model with its version."""
    revision = models.BigIntegerField()
    """Of the course's curriculum, by which answers were tied to skills."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "course"], name="metaedu_cards_once")]

    def __str__(self) -> str:
        return f"{self.course}: {len(self.cards)} skills by {self.model}"


class Suggestion(models.Model):
    """A next action as a learner was shown it, and what they did with it; the newest ones are kept.

    .. no_pii: the learner is a reference, and goes away with it
    """

    learner = models.ForeignKey(
        "metaedu_capture.Learner", to_field="pseudonym", on_delete=models.CASCADE, related_name="+"
    )
    course = models.CharField(max_length=255)
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=64)
    """Stable code of why it was offered."""
    skill = models.CharField(max_length=255, blank=True)
    item = models.CharField(max_length=255, blank=True)
    shown = models.DateTimeField()
    did = models.CharField(max_length=16, blank=True)
    """followed, answered or dismissed; empty while nothing was done with it."""

    class Meta:
        indexes = [models.Index(fields=["learner", "course", "shown"], name="metaedu_suggestion_shown")]

    def __str__(self) -> str:
        return f"{self.kind} {self.item or self.skill}: {self.did or 'shown'}"
