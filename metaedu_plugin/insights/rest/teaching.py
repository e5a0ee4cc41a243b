"""What those who teach correct and add, over the API: items at fault, tags, something to read, prerequisites."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.rest.views import CourseView
from metaedu_plugin.openapi import extend_schema


class FaultySerializer(serializers.Serializer):
    """Whether an item is at fault: then it is not suggested, and counts for no skill."""

    item = serializers.CharField(max_length=255)
    faulty = serializers.BooleanField()


class TagsSerializer(serializers.Serializer):
    """The skills that an item is about, and no others."""

    item = serializers.CharField(max_length=255)
    skills = serializers.ListField(child=serializers.CharField(max_length=255), allow_empty=True, max_length=100)


class ReadingSerializer(serializers.Serializer):
    """Something to read about a skill."""

    skill = serializers.CharField(max_length=255)
    title = serializers.CharField(max_length=255)
    url = serializers.CharField(max_length=500, help_text="http(s), or a path of the site")


class PrerequisiteSerializer(serializers.Serializer):
    """Whether one skill comes before another."""

    skill = serializers.CharField(max_length=255)
    before = serializers.CharField(max_length=255, help_text="the skill that comes first")
    declared = serializers.BooleanField(help_text="false withdraws it")


class PrerequisiteChangeSerializer(PrerequisiteSerializer):
    """Who declared or withdrew what by hand."""

    id = serializers.IntegerField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    holds = serializers.BooleanField(help_text="whether it can be taken back")


class NeedsSerializer(serializers.Serializer):
    """A skill and those that come before it."""

    skill = serializers.CharField()
    before = serializers.ListField(child=serializers.CharField())


class PrerequisitesSerializer(serializers.Serializer):
    """All that is declared, and the latest changes by hand."""

    declared = NeedsSerializer(many=True)
    changes = PrerequisiteChangeSerializer(many=True, help_text="the latest first")


class Correction(CourseView):
    """Takes a body and writes it: 400 with what is wrong where it does not fit the course."""

    def written(self, request: Request, kind: type[serializers.Serializer]) -> dict[str, Any]:
        """The body, written. Raises ValidationError."""
        body = kind(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            self.write(request, body.validated_data)
        except curriculum.CurriculumError as error:
            raise ValidationError({"detail": str(error)}) from error
        told: dict[str, Any] = body.validated_data
        return told

    def write(self, request: Request, given: dict[str, Any]) -> None:
        """Write it. Raises CurriculumError."""
        raise NotImplementedError


class FaultyView(Correction):
    """Items at fault."""

    @extend_schema(operation_id="insights_mark_faulty", request=FaultySerializer, responses=FaultySerializer)
    def post(self, request: Request, course: str) -> Response:
        """Mark an item as faulty, or take the mark back; safe to repeat."""
        return Response(self.written(request, FaultySerializer))

    def write(self, request: Request, given: dict[str, Any]) -> None:
        """An item of the course, or one that the class has answered."""
        course, item = self.kwargs["course"], given["item"]
        if not curriculum.items(course=course, keys=[item]) and item not in Board.of(course=course).room.item:
            raise Http404
        curriculum.mark_faulty(course=course, item=item, faulty=given["faulty"])


class TagsView(Correction):
    """Tags of items."""

    @extend_schema(operation_id="insights_retag", request=TagsSerializer, responses=TagsSerializer)
    def post(self, request: Request, course: str) -> Response:
        """Tag an item with these skills; safe to repeat."""
        return Response(self.written(request, TagsSerializer))

    def write(self, request: Request, given: dict[str, Any]) -> None:
        """All or nothing."""
        curriculum.retag(course=self.kwargs["course"], item=given["item"], skills=tuple(given["skills"]))


class ReadingView(Correction):
    """Something to read."""

    @extend_schema(operation_id="insights_add_reading", request=ReadingSerializer, responses=ReadingSerializer)
    def post(self, request: Request, course: str) -> Response:
        """Add something to read about a skill; an address that is there already is about this skill, too."""
        return Response(self.written(request, ReadingSerializer))

    def write(self, request: Request, given: dict[str, Any]) -> None:
        """Write it."""
        curriculum.add_page(course=self.kwargs["course"], **given)


class PrerequisitesView(Correction):
    """Which skill comes before which."""

    @extend_schema(operation_id="insights_prerequisites", responses=PrerequisitesSerializer)
    def get(self, request: Request, course: str) -> Response:
        """What is declared, and who changed what."""
        skills = curriculum.skills(course=course).values()
        body = {
            "declared": [{"skill": one.key, "before": one.prerequisites} for one in skills if one.prerequisites],
            "changes": curriculum.prerequisite_changes(course=course),
        }
        return Response(PrerequisitesSerializer(body).data)

    @extend_schema(
        operation_id="insights_set_prerequisite", request=PrerequisiteSerializer, responses=PrerequisiteSerializer
    )
    def post(self, request: Request, course: str) -> Response:
        """Declare or withdraw a prerequisite; safe to repeat. One that makes a circle is refused."""
        return Response(self.written(request, PrerequisiteSerializer))

    def write(self, request: Request, given: dict[str, Any]) -> None:
        """Write it and log who did."""
        curriculum.set_prerequisite(course=self.kwargs["course"], by=request.user.get_username(), **given)
