"""What learners decide about themselves, and what is kept of them."""

from __future__ import annotations

from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.openapi import extend_schema
from metaedu_plugin.tutoring import access, privacy
from metaedu_plugin.tutoring.privacy_export import own_data
from metaedu_plugin.tutoring.rest.base import LearnerView
from metaedu_plugin.tutoring.rest.serializers import NoAnswerSerializer


class ChoiceSerializer(serializers.Serializer):
    """What a learner chooses; without answers there is no feedback."""

    feedback = serializers.BooleanField(help_text="Whether feedback, next actions and plans are shown.")
    answers = serializers.BooleanField(default=True, help_text="Whether answers are taken in from now on.")
    everywhere = serializers.BooleanField(default=False, help_text="For all courses, in place of this one.")
    sentence = serializers.CharField(read_only=True)

    def validate(self, attrs: dict[str, bool]) -> dict[str, bool]:
        """Feedback is made of answers."""
        if attrs["feedback"] and not attrs["answers"]:
            raise ValidationError(gettext("Suggestions are made from your answers: switch both on, or both off."))
        return attrs


class OwnDataSerializer(serializers.Serializer):
    """All that is kept of a learner."""

    made = serializers.DateTimeField()
    learner = serializers.CharField(allow_blank=True, help_text="The pseudonym; empty where nothing is kept.")
    user_id = serializers.IntegerField()
    choices = serializers.ListField(child=serializers.DictField())
    responses = serializers.ListField(child=serializers.DictField())
    activities = serializers.ListField(child=serializers.DictField())
    not_understood = serializers.ListField(
        child=serializers.DictField(), help_text="Events that could not be read, as they came."
    )
    mastery = serializers.DictField(child=serializers.DictField(), help_text="By course: the version, and each skill.")
    shown = serializers.DictField(
        child=serializers.ListField(child=serializers.DictField()), help_text="What was said, and what followed."
    )


class ChoiceView(LearnerView):
    """The learner's own switch. It works while the course is switched off, too."""

    def known(self, course: str) -> None:
        """Raises UnknownCourse."""
        if curriculum.course(key=course) is None:
            raise access.UnknownCourse(course)

    @extend_schema(operation_id="learner_choice", responses={200: ChoiceSerializer, 403: None, 404: NoAnswerSerializer})
    def get(self, request: Request, course: str) -> Response:
        """What holds for the learner in the course."""
        self.known(course)
        return Response(ChoiceSerializer(privacy.chosen(user=request.user, course=course)).data)

    @extend_schema(
        operation_id="learner_choose",
        request=ChoiceSerializer,
        responses={200: ChoiceSerializer, 400: NoAnswerSerializer, 403: None, 404: NoAnswerSerializer},
    )
    def put(self, request: Request, course: str) -> Response:
        """Switch suggestions, or the taking in of answers, on or off for oneself."""
        self.known(course)
        asked = ChoiceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        held = privacy.choose(user=request.user, course=course, wanted=capture.Chosen(**asked.validated_data))
        return Response(ChoiceSerializer(held).data)


class OwnDataView(LearnerView):
    """All that is kept of the signed-in person."""

    @extend_schema(
        operation_id="learner_own_data",
        responses={200: OwnDataSerializer, 403: None, 503: NoAnswerSerializer},
    )
    def get(self, request: Request) -> Response:
        """Answers, choices, mastery and what was shown, as one file."""
        data = own_data(user_id=int(request.user.pk or 0))
        return Response(data, headers={"Content-Disposition": 'attachment; filename="metaedu-my-data.json"'})
