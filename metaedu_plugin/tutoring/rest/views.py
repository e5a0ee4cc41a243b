"""The learner's REST API: parse, call a service, answer."""

from __future__ import annotations

from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.openapi import extend_schema
from metaedu_plugin.tutoring import guidance, openedx, suggested, tracking
from metaedu_plugin.tutoring.acted import acted
from metaedu_plugin.tutoring.explain import UnknownItem, explain
from metaedu_plugin.tutoring.feedback import NOTHING_YET, feedback
from metaedu_plugin.tutoring.forms import check_minutes, check_until
from metaedu_plugin.tutoring.labels import labels
from metaedu_plugin.tutoring.offers import NotOurs
from metaedu_plugin.tutoring.rest import serializers as shapes
from metaedu_plugin.tutoring.rest.base import LearnerView

QUIET = {403: None, 404: shapes.NoAnswerSerializer, 503: shapes.NoAnswerSerializer}
CHECKED = {400: shapes.NoAnswerSerializer, **QUIET}


class FeedbackQuery(serializers.Serializer):
    """What to give feedback on."""

    problem = serializers.CharField(help_text="Usage key of the problem.")
    since = serializers.CharField(
        required=False,
        default="",
        help_text="The attempt that the page knows already, or `none`: with it, an older attempt is not repeated, "
        "and the status is `waiting` until the new one is in.",
    )


class PlanQuery(serializers.Serializer):
    """Up to when, and how much a day."""

    until = serializers.DateField(
        required=False,
        validators=[check_until],
        help_text="The last day; without it, the course's end or two weeks from today.",
    )
    minutes_a_day = serializers.IntegerField(
        required=False,
        validators=[check_minutes],
        help_text=f"{guidance.LEAST_MINUTES} to {guidance.MOST_MINUTES}; without it, as the course has it set.",
    )


class ItemQuery(serializers.Serializer):
    """What to explain."""

    item = serializers.CharField(help_text="Item key.")


class FeedbackView(LearnerView):
    """Feedback on an answer."""

    @extend_schema(
        operation_id="learner_feedback",
        parameters=[FeedbackQuery],
        responses={200: shapes.FeedbackSerializer, **CHECKED},
    )
    def get(self, request: Request, course: str) -> Response:
        """Feedback on the learner's last attempt at a problem. The answer just given is taken in first.

        In an exam, and while the course keeps right and wrong to itself, there is nothing to say yet.
        """
        self.course(course)
        query = _valid(FeedbackQuery, request)
        learner = self.learner(request)
        told = openedx.may_be_told(problem=query["problem"])
        said = feedback(course=course, learner=learner, **query) if told else NOTHING_YET
        if not isinstance(said, str):
            tracking.feedback_shown(said, course=course, learner=learner)
            suggested.keep(said["next"], course=course, learner=learner)
        # What the page says of the answer comes back with a click, which a platform takes with its CSRF cookie only.
        get_token(request._request)
        around = {"labels": labels(), "plan_url": reverse("metaedu_tutoring:learn", args=[course])}
        answer = {"status": said} if isinstance(said, str) else said
        return Response(shapes.FeedbackSerializer({**answer, **around}).data)


class NextView(LearnerView):
    """The next action."""

    @extend_schema(operation_id="learner_next", responses={200: shapes.NextSerializer, **QUIET})
    def get(self, request: Request, course: str) -> Response:
        """The one next thing worth doing, or null with the reason why."""
        self.course(course)
        learner = self.ready(request, course)
        answer = guidance.next_action(course=course, learner=learner)
        tracking.next_shown(answer, course=course, learner=learner, place="api")
        suggested.keep(answer, course=course, learner=learner)
        return Response(shapes.NextSerializer(answer).data)


class ActionView(LearnerView):
    """What became of an action."""

    @extend_schema(
        operation_id="learner_acted",
        request=shapes.ActedSerializer,
        responses={204: None, **CHECKED},
    )
    def post(self, request: Request, course: str) -> Response:
        """Say that an action was followed or dismissed."""
        self.course(course)
        body = shapes.ActedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            acted(course=course, learner=self.learner(request), **body.validated_data)
        except NotOurs as error:
            raise ValidationError({"token": [str(error)]}) from error
        return Response(status=204)


class PlanView(LearnerView):
    """The plan."""

    @extend_schema(
        operation_id="learner_plan", parameters=[PlanQuery], responses={200: shapes.PlanSerializer, **CHECKED}
    )
    def get(self, request: Request, course: str) -> Response:
        """What to do, day by day, up to and including a date."""
        info = self.course(course)
        query = _valid(PlanQuery, request)
        until = query.get("until") or guidance.default_until(course=info)
        minutes = query.get("minutes_a_day") or guidance.default_minutes(course=course)
        learner = self.ready(request, course)
        answer = guidance.plan(course=course, learner=learner, until=until, minutes_a_day=minutes)
        tracking.plan_viewed(answer, course=course, learner=learner)
        return Response(shapes.PlanSerializer(answer).data)


class MasteryView(LearnerView):
    """Mastery."""

    @extend_schema(operation_id="learner_mastery", responses={200: shapes.MasterySerializer, **QUIET})
    def get(self, request: Request, course: str) -> Response:
        """Where the learner stands on each skill of the course, with honest ranges."""
        self.course(course)
        answer = guidance.mastery(course=course, learner=self.ready(request, course))
        return Response(shapes.MasterySerializer(answer).data)


class ExplainView(LearnerView):
    """The explanation."""

    @extend_schema(
        operation_id="learner_explain", parameters=[ItemQuery], responses={200: shapes.ExplainSerializer, **CHECKED}
    )
    def get(self, request: Request, course: str) -> Response:
        """Why the model expects what it expects of the learner on an item."""
        self.course(course)
        item = _valid(ItemQuery, request)["item"]
        try:
            answer = explain(course=course, learner=self.ready(request, course), item=item)
        except UnknownItem:
            detail = gettext("This course has no item %(item)s.") % {"item": item}
            return Response({"status": "unknown_item", "detail": detail}, status=404)
        return Response(shapes.ExplainSerializer(answer).data)


def _valid(query: type[serializers.Serializer], request: Request) -> dict:
    parsed = query(data=request.query_params)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)
