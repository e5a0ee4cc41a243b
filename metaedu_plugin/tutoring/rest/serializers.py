"""The shape of every answer, as the schema documents it. Values come from the services' typed dictionaries."""

from __future__ import annotations

from rest_framework import serializers

from metaedu_plugin.tutoring import tracking

STATUSES = ["ready", "waiting", "nothing_yet"]


class LinkSerializer(serializers.Serializer):
    """Where a suggestion leads."""

    title = serializers.CharField()
    url = serializers.CharField(help_text="Address inside the platform.")
    minutes = serializers.IntegerField(help_text="About how long it takes.")


class MasteryRangeSerializer(serializers.Serializer):
    """Out of 100 fresh questions on the skill, how many would be right, with the 80 % interval."""

    mean = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()


class StandingSerializer(serializers.Serializer):
    """Where a learner stands on a skill."""

    skill = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField(
        help_text="unknown (nothing seen), early (too few answers to say), learning, mastered, or refresh "
        "(was mastered before; its sentence tells what was seen since)."
    )
    label = serializers.CharField(help_text="The status in words.")  # type: ignore[assignment]
    responses = serializers.IntegerField()
    correct = serializers.IntegerField()
    range = MasteryRangeSerializer()
    text = serializers.CharField(help_text="The range in words, for those who do not see the bar.")
    sentence = serializers.CharField()
    average = serializers.IntegerField(
        allow_null=True,
        help_text="Other learners' average out of 100; null where the course does not show it, or fewer than ten of "
        "them have answered on the skill.",
    )
    average_text = serializers.CharField(allow_blank=True)


class OriginSerializer(serializers.Serializer):
    """Where an answer comes from."""

    model = serializers.CharField(help_text="Version of the model.")
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="model, shipped before one was trained here, prior where no model answered, or course: its own order."
    )
    source_note = serializers.CharField(
        allow_blank=True, help_text="To be shown; empty for a model that was trained here."
    )


class NextActionSerializer(serializers.Serializer):
    """The one next thing worth doing."""

    kind = serializers.CharField(help_text="practise, retry, read, review or advance.")
    label = serializers.CharField(help_text="The kind in a word or two.")  # type: ignore[assignment]
    reason = serializers.CharField(help_text="Stable reason code.")
    sentence = serializers.CharField(help_text="The reason in the reader's language.")
    skill = serializers.CharField(allow_null=True)
    skill_title = serializers.CharField(allow_blank=True)
    item = serializers.CharField(allow_null=True)
    link = LinkSerializer(allow_null=True)
    probability = serializers.FloatField(allow_null=True, help_text="Predicted chance of success on the item.")
    token = serializers.CharField(help_text="To be sent back when the action is followed or dismissed.")


class NextSerializer(OriginSerializer):
    """A next action, or none with the reason why."""

    action = NextActionSerializer(allow_null=True)
    reason = serializers.CharField(help_text="Stable reason code.")
    sentence = serializers.CharField()


class ActedSerializer(serializers.Serializer):
    """What the learner did with an action."""

    did = serializers.ChoiceField(
        choices=[tracking.FOLLOWED, tracking.DISMISSED],
        help_text="`dismissed`: the action is not offered again for a week.",
    )
    token = serializers.CharField(max_length=4096, help_text="The action's own, as it was answered.")
    place = serializers.ChoiceField(
        choices=["feedback", "page", "api"], default="api", help_text="Where the learner saw it."
    )


class SkillChangeSerializer(serializers.Serializer):
    """A skill before and after the response."""

    before = MasteryRangeSerializer()
    after = StandingSerializer()
    text = serializers.CharField(help_text="The range now and before, in words.")


class PartSerializer(serializers.Serializer):
    """One part of the problem."""

    item = serializers.CharField()
    correct = serializers.BooleanField()
    reason = serializers.CharField(help_text="Stable reason code.")
    sentence = serializers.CharField()


class FeedbackSerializer(OriginSerializer):
    """What the learner's last attempt at a problem says. Of a status other than `ready`, only what a page needs."""

    status = serializers.ChoiceField(choices=STATUSES)
    labels = serializers.DictField(
        child=serializers.CharField(), help_text="Words for the page around the answer, by name."
    )
    plan_url = serializers.CharField(help_text="The learner's page of the course.")
    problem = serializers.CharField(required=False)
    attempt = serializers.CharField(required=False, help_text="To be sent as `since` with the next question.")
    correct = serializers.BooleanField(required=False, help_text="Whether all parts are right.")
    headline = serializers.CharField(required=False)
    hint = serializers.CharField(
        required=False, allow_blank=True, help_text="That the question has a hint not yet taken; empty otherwise."
    )
    help = LinkSerializer(many=True, required=False, help_text="Reading on what went wrong.")
    sentence = serializers.CharField(required=False, help_text="What the attempt says about the learner.")
    later = serializers.CharField(
        required=False, allow_blank=True, help_text="When to come back to what was got; empty otherwise."
    )
    skills = SkillChangeSerializer(many=True, required=False, help_text="Each skill before and after the attempt.")
    parts = PartSerializer(many=True, required=False)
    next = NextSerializer(required=False)
    model = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]
    source_note = serializers.CharField(required=False, allow_blank=True)


class StepSerializer(serializers.Serializer):
    """One thing to do."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    reason = serializers.CharField(help_text="Stable reason code.")
    sentence = serializers.CharField()
    skill = serializers.CharField(allow_null=True)
    skill_title = serializers.CharField(allow_blank=True)
    item = serializers.CharField(allow_null=True)
    link = LinkSerializer(allow_null=True)
    minutes = serializers.IntegerField()


class DaySerializer(serializers.Serializer):
    """The steps of one day."""

    date = serializers.DateField()
    label = serializers.CharField(help_text="The day in words.")  # type: ignore[assignment]
    minutes = serializers.IntegerField()
    steps = StepSerializer(many=True)


class PlanSerializer(OriginSerializer):
    """A plan, day by day; days without steps are left out."""

    until = serializers.DateField()
    minutes_a_day = serializers.IntegerField()
    days = DaySerializer(many=True)
    left_out = serializers.IntegerField(help_text="Steps worth doing that do not fit before the date.")
    reason = serializers.CharField(help_text="Stable reason code.")
    sentence = serializers.CharField()


class MasterySerializer(OriginSerializer):
    """Where the learner stands on each skill of the course."""

    skills = StandingSerializer(many=True)
    summary = serializers.CharField()


class EvidenceSerializer(serializers.Serializer):
    """One thing that the model used, the strongest first."""

    code = serializers.CharField(help_text="Stable code.")
    value = serializers.FloatField()
    effect = serializers.FloatField(help_text="By how much it moves the predicted chance of success.")
    sentence = serializers.CharField()


class ExplainSerializer(OriginSerializer):
    """Why the model expects what it expects of an item."""

    item = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    range = MasteryRangeSerializer()
    text = serializers.CharField()
    evidence = EvidenceSerializer(many=True)


class NoAnswerSerializer(serializers.Serializer):
    """Why there is no answer. A page hides itself on any of these."""

    status = serializers.ChoiceField(
        choices=["off", "opted_out", "unknown_course", "unknown_item", "invalid", "failed"]
    )
    detail = serializers.CharField(required=False, help_text="What to do about it.")
