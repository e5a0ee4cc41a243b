"""What would happen if, over the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import selectors, trying
from metaedu_plugin.insights.anonymous import named, sample
from metaedu_plugin.insights.rest.views import CourseView
from metaedu_plugin.openapi import extend_schema
from metaedu_plugin.tutoring.rest.serializers import DaySerializer, NextSerializer, StandingSerializer


class AnonymousSerializer(serializers.Serializer):
    """A learner without a name."""

    code = serializers.CharField()
    number = serializers.IntegerField()
    answers = serializers.IntegerField()


class TriedAnswerSerializer(serializers.Serializer):
    """An answer that is tried out."""

    item = serializers.CharField(max_length=255)
    correct = serializers.BooleanField()


class BeginnerSerializer(serializers.Serializer):
    """The first answers of a made-up learner, as the course's figures make likely."""

    name = serializers.CharField(help_text="strong, average or struggling")
    answers = TriedAnswerSerializer(many=True)


class TryableSerializer(serializers.Serializer):
    """Who can answer."""

    learners = AnonymousSerializer(many=True)
    beginners = BeginnerSerializer(many=True)


class TrySerializer(serializers.Serializer):
    """A learner and what they answer."""

    learner = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="code of a real one; without it, a made-up one"
    )
    answers = TriedAnswerSerializer(many=True, required=False, default=list)
    then = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text="key of an item to try both ways after that; without it, the one that is suggested",
    )


class SaidSerializer(serializers.Serializer):
    """What is said about an answer."""

    item = serializers.CharField()
    correct = serializers.BooleanField()
    headline = serializers.CharField()
    sentence = serializers.CharField()
    next = NextSerializer()


class TriedSerializer(serializers.Serializer):
    """What the learner would be told."""

    said = SaidSerializer(allow_null=True, help_text="about the last answer")
    next = NextSerializer()
    days = DaySerializer(many=True, help_text="the plan of the first week")
    skills = StandingSerializer(many=True)
    then = SaidSerializer(many=True, help_text="about an answer to one more item: right, then wrong")


class Unavailable(APIException):
    """The engine or its store is away."""

    status_code = 503
    default_detail = gettext_lazy("This cannot be worked out just now. Try again in a few minutes.")


class PreviewView(CourseView):
    """What would happen if."""

    @extend_schema(operation_id="insights_tryable", responses=TryableSerializer)
    def get(self, request: Request, course: str) -> Response:
        """A few learners without their names, and beginners as the course would meet them."""
        room = selectors.classroom_of(course=course)
        body = {
            "learners": sample(room),
            "beginners": [
                {
                    "name": name,
                    "answers": [
                        {"item": item, "correct": right} for item, right in trying.beginner(room, ability=ability)
                    ],
                }
                for name, ability in trying.BEGINNERS.items()
            ],
        }
        return Response(TryableSerializer(body).data)

    @extend_schema(operation_id="insights_try", request=TrySerializer, responses=TriedSerializer)
    def post(self, request: Request, course: str) -> Response:
        """Let the learner answer, and look at what they would be told; nothing is kept of it."""
        body = TrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted: dict[str, Any] = body.validated_data
        given = [(one["item"], one["correct"]) for one in wanted["answers"]]
        keys = [*(item for item, _ in given), *filter(None, [wanted["then"]])]
        unknown = set(keys) - set(curriculum.items(course=course, keys=keys) if keys else ())
        if unknown:
            missing = _("The course has no item '%(item)s'.")
            raise ValidationError({"answers": [missing % {"item": key} for key in sorted(unknown)]})
        if len(given) > trying.MOST:
            most = _("At most %(most)s answers can be tried out.") % {"most": trying.MOST}
            raise ValidationError({"answers": [most]})
        learner = ""
        if wanted["learner"]:
            one = named(selectors.classroom_of(course=course), wanted["learner"])
            if one is None:
                raise ValidationError(
                    {"learner": [_("There is no such learner in this course: ask for those there are.")]}
                )
            learner = one.learner
        try:
            told = trying.try_out(course=course, learner=learner, given=given, then=wanted["then"])
        except Exception as error:
            raise Unavailable from error
        return Response(TriedSerializer(asdict(told)).data)
