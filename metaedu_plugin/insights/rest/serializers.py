"""Bodies of the insights API."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers

from metaedu_plugin.insights.models import FindingDecision


class FigureSerializer(serializers.Serializer):
    """One figure of the evidence."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the stubs take it for the field's own label
    text = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)


class SubjectSerializer(serializers.Serializer):
    """What a finding is about."""

    kind = serializers.CharField(help_text="item, skill or learners")
    key = serializers.CharField()
    title = serializers.CharField()


class ActionSerializer(serializers.Serializer):
    """What to do about it."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the stubs take it for the field's own label
    link = serializers.CharField()


class AffectedSerializer(serializers.Serializer):
    """A learner whom a finding is about."""

    learner = serializers.CharField(help_text="pseudonym")
    name = serializers.CharField()
    why = serializers.CharField()


class FindingSerializer(serializers.Serializer):
    """One thing that the class needs."""

    key = serializers.CharField()
    reason = serializers.CharField(help_text="stable code")
    subject = SubjectSerializer()
    title = serializers.CharField()
    sentence = serializers.CharField()
    helps = serializers.IntegerField(help_text="learners whom acting on it would help")
    certainty = serializers.FloatField(help_text="0 to 1")
    evidence = FigureSerializer(many=True)
    action = ActionSerializer()
    who = AffectedSerializer(many=True)
    top = serializers.BooleanField(help_text="among the few that are shown first")
    decision = serializers.ChoiceField(choices=FindingDecision.Decision.choices, allow_null=True)
    decision_reason = serializers.CharField(allow_blank=True)


class FindingsSerializer(serializers.Serializer):
    """All findings, ranked."""

    course = serializers.CharField()
    responses = serializers.IntegerField()
    waiting = serializers.CharField(allow_blank=True, help_text="what is still missing; empty when there is enough")
    as_of = serializers.DateTimeField(help_text="when it was computed: of large courses within a minute or so")
    findings = FindingSerializer(many=True)


class DecisionSerializer(serializers.Serializer):
    """A decision on a finding."""

    OPEN = "open"

    finding = serializers.CharField(max_length=255)
    decision = serializers.ChoiceField(
        choices=[*FindingDecision.Decision.choices, (OPEN, "Open")], help_text="open takes a decision back"
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """A dismissal says why, so that colleagues understand it."""
        if attrs["decision"] == FindingDecision.Decision.DISMISSED and not attrs["reason"].strip():
            raise serializers.ValidationError({"reason": _("Say why it is dismissed.")})
        return attrs


class RangeSerializer(serializers.Serializer):
    """A figure with its 95 % interval; null where it cannot be told."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class ItemSerializer(serializers.Serializer):
    """Statistics of an item."""

    key = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    skills = serializers.ListField(child=serializers.CharField())
    learners = serializers.IntegerField()
    answers = serializers.IntegerField()
    success = RangeSerializer(help_text="share right at the first attempt")
    difficulty = serializers.FloatField(allow_null=True, help_text="logits; 0 is the average item")
    discrimination = RangeSerializer(help_text="corrected item-rest correlation")
    attempts = serializers.FloatField()
    hint_share = serializers.FloatField()
    seconds = serializers.FloatField(allow_null=True, help_text="median of first attempts")
    wrong_choice = serializers.CharField(allow_blank=True)
    wrong_choice_share = serializers.FloatField()
    flags = serializers.ListField(child=serializers.CharField())
    enough = serializers.BooleanField(help_text="whether there are enough answers to judge it")


class SkillSerializer(serializers.Serializer):
    """Statistics of a skill."""

    key = serializers.CharField()
    title = serializers.CharField()
    items = serializers.IntegerField()
    learners = serializers.IntegerField()
    answers = serializers.IntegerField()
    success = RangeSerializer(help_text="share right at the first attempt")
    gain = RangeSerializer(help_text="from the first to the fifth item, within learners; n counts learners")
    flags = serializers.ListField(child=serializers.CharField())


class PointSerializer(serializers.Serializer):
    """Error rate at one opportunity."""

    opportunity = serializers.IntegerField()
    learners = serializers.IntegerField()
    error = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    fitted = serializers.FloatField(allow_null=True, help_text="of the power law")


class LearningCurveSerializer(serializers.Serializer):
    """Learning curve of a skill."""

    key = serializers.CharField()
    title = serializers.CharField()
    start = serializers.FloatField(allow_null=True, help_text="fitted error rate at the first opportunity")
    rate = RangeSerializer(help_text="error = start * opportunity ** -rate")
    points = PointSerializer(many=True)


class CellSerializer(serializers.Serializer):
    """Mastery of one skill, with its 80 % interval."""

    skill = serializers.CharField()
    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    responses = serializers.IntegerField()
    status = serializers.CharField(help_text="unknown, learning or mastered")
    evident = serializers.BooleanField(help_text="whether the learner answered often enough for it")


class MapRowSerializer(serializers.Serializer):
    """A learner's mastery."""

    learner = serializers.CharField(help_text="pseudonym")
    name = serializers.CharField()
    answers = serializers.IntegerField()
    success = RangeSerializer()
    last = serializers.DateTimeField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    needs = serializers.ListField(child=serializers.CharField())
    cells = CellSerializer(many=True)


class MasteryMapSerializer(serializers.Serializer):
    """Learners by skills, those who need help first."""

    skills = serializers.ListField(child=serializers.CharField())
    titles = serializers.ListField(child=serializers.CharField())
    left_out = serializers.IntegerField(help_text="learners beyond the size of a map")
    as_of = serializers.DateTimeField(help_text="when it was computed: of large courses within a minute or so")
    learners = MapRowSerializer(many=True)
