"""What is taught: courses, their skills and items, and what there is to read."""

from __future__ import annotations

from django.db import models


class Course(models.Model):
    """A course as learners take it (a run of it, in the platform's words).

    .. no_pii:
    """

    key = models.CharField(max_length=255, unique=True)
    title = models.CharField(max_length=255)
    url = models.CharField(max_length=500, blank=True)
    ends = models.DateField(null=True, blank=True)
    enabled = models.BooleanField(default=False)
    """Whether learners see feedback. Capture goes on either way, so that it is ready when it is switched on."""
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    """Grows with every change to the curriculum, so that each process sees that its cached map is old."""

    def __str__(self) -> str:
        return self.title or self.key


class Skill(models.Model):
    """A knowledge component that items are tagged with.

    .. no_pii:
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="skills")
    key = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    position = models.PositiveIntegerField(default=0)
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="leads_to")
    is_unit = models.BooleanField(default=False)
    """Made from a unit of the course, for items that nobody tagged."""

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="metaedu_skill_once")]

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    """One gradable part of a problem, or the whole problem where it has one part.

    .. no_pii:
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    url = models.CharField(max_length=500, blank=True)
    unit = models.CharField(max_length=255, blank=True)
    position = models.PositiveIntegerField(default=0)
    minutes = models.FloatField(default=2.0)
    hints = models.PositiveIntegerField(default=0)
    """How many hints the problem offers."""
    options = models.JSONField(default=dict, blank=True)
    """Text of each option by its choice id, where it has options and they are known."""
    offered = models.BooleanField(default=True)
    """Whether it may be suggested; false for what the course has for some of its learners only, or no longer."""
    gone = models.BooleanField(default=False)
    """Whether the course has it no longer."""
    starts = models.DateTimeField(null=True, blank=True)
    """From when on learners can open it; empty for always."""
    skills = models.ManyToManyField(Skill, blank=True, related_name="items")

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="metaedu_item_once")]

    def __str__(self) -> str:
        return self.title


class Page(models.Model):
    """Something to read or watch about skills.

    .. no_pii:
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="pages")
    title = models.CharField(max_length=255)
    url = models.CharField(max_length=500)
    minutes = models.FloatField(default=3.0)
    offered = models.BooleanField(default=True)
    """As in `Item`; also false once the course has it no longer."""
    starts = models.DateTimeField(null=True, blank=True)
    """As in `Item`."""
    skills = models.ManyToManyField(Skill, blank=True, related_name="pages")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["course", "url"], name="metaedu_page_once")]

    def __str__(self) -> str:
        return self.title


class CourseSettings(models.Model):
    """What those who teach a course have set for it; without a row, the defaults of `data.SettingsInfo` hold.

    .. no_pii:
    """

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="settings")
    mastered = models.FloatField()
    target = models.FloatField()
    minutes_a_day = models.PositiveIntegerField()
    compare = models.BooleanField()
    left_out = models.JSONField(default=list)
    """Keys of the items that are never suggested, whatever is imported later."""

    def __str__(self) -> str:
        return f"settings of {self.course}"


class SettingsChange(models.Model):
    """One change to a course's settings: the fields that changed, from what to what.

    .. pii: The name of the member of staff who made it.
    .. pii_types: username
    .. pii_retirement: local_api
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="settings_changes")
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{', '.join(self.after)} by {self.by}"


class PrerequisiteChange(models.Model):
    """A prerequisite that was declared or withdrawn by hand.

    .. pii: The name of the member of staff who did it.
    .. pii_types: username
    .. pii_retirement: local_api
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="prerequisite_changes")
    skill = models.CharField(max_length=255)
    before = models.CharField(max_length=255)
    """Key of the skill that comes before."""
    declared = models.BooleanField()
    """Whether it was declared; else withdrawn."""
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.before} before {self.skill}: {'declared' if self.declared else 'withdrawn'} by {self.by}"


class FaultyItem(models.Model):
    """An item that those who teach the course have marked as at fault: its key, or its text, is wrong.

    Beside `Item`, so that no import takes the mark away, and parts without an entry of their own can have it.

    .. no_pii:
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="faulty_items")
    key = models.CharField(max_length=255)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="metaedu_faulty_item_once")]

    def __str__(self) -> str:
        return self.key
