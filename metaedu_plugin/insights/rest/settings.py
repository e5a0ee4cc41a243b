"""Course settings over the API: read, look at what others would do, save what was looked at."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.api import CurriculumError
from metaedu_plugin.insights.effects import Effects, effects
from metaedu_plugin.insights.pages.settings import Stale, room_of, save, token
from metaedu_plugin.insights.rest.views import CourseView
from metaedu_plugin.openapi import extend_schema
from metaedu_plugin.tutoring.rest.serializers import DaySerializer, NextSerializer


class CourseSettingsSerializer(serializers.Serializer):
    """Settings of a course. What is left out of a request stays as it is."""

    enabled = serializers.BooleanField(required=False, help_text="whether learners see feedback and suggestions")
    mastered = serializers.FloatField(required=False, help_text="mastery from which a skill counts as mastered")
    target = serializers.FloatField(required=False, help_text="chance of success that practice aims at")
    minutes_a_day = serializers.IntegerField(required=False, help_text="pace of a learner who has set none")
    compare = serializers.BooleanField(required=False, help_text="whether learners see the average of the others")
    left_out = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, help_text="keys of items that are never suggested"
    )


class LimitSerializer(serializers.Serializer):
    """What a number may be."""

    name = serializers.CharField()
    least = serializers.FloatField()
    most = serializers.FloatField()


class SettingsChangeSerializer(serializers.Serializer):
    """A change: its fields, from what to what."""

    id = serializers.IntegerField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    before = CourseSettingsSerializer()
    after = CourseSettingsSerializer()


class SettingsAnswerSerializer(serializers.Serializer):
    """The settings, their limits, and the latest changes."""

    settings = CourseSettingsSerializer()
    by_platform = serializers.BooleanField(help_text="whether the platform's flag shows suggestions, whatever is set")
    limits = LimitSerializer(many=True)
    changes = SettingsChangeSerializer(many=True)


class WantedSerializer(CourseSettingsSerializer):
    """Other settings to look at, or a change to take back."""

    take_back = serializers.IntegerField(required=False, help_text="id of a change; then nothing else counts")


class SuggestedSerializer(serializers.Serializer):
    """What a learner is told: the next action, and the first days of a plan."""

    next = NextSerializer()
    days = DaySerializer(many=True)


class ComparedSerializer(serializers.Serializer):
    """A learner without a name, now and then."""

    title = serializers.CharField()
    changes = serializers.BooleanField(help_text="whether the next action does")
    now = SuggestedSerializer()
    then = SuggestedSerializer()


class EffectsSerializer(serializers.Serializer):
    """What other settings would do."""

    shown = ComparedSerializer(many=True)
    looked_at = serializers.IntegerField(help_text="learners whose next action was worked out both ways")
    changed = serializers.IntegerField(help_text="those of them for whom it is another one")
    judged = serializers.IntegerField(help_text="learners whose masteries were judged both ways")
    gained = serializers.IntegerField(help_text="skills, for each learner, that would newly count as mastered")
    lost = serializers.IntegerField(help_text="those that would no longer; what a learner was told stays")
    compared = serializers.IntegerField(help_text="skills on which enough have answered for an average to be shown")
    learners = serializers.IntegerField()
    reading = serializers.BooleanField(help_text="whether answers are still being read: then ask again for learners")
    settings = CourseSettingsSerializer(help_text="as they would be")
    token = serializers.CharField(help_text="saves them, as long as nobody else changes anything; good for a day")


class SaveSerializer(serializers.Serializer):
    """What was looked at."""

    token = serializers.CharField(max_length=100_000)


class SettingsView(CourseView):
    """Settings of a course."""

    @extend_schema(operation_id="insights_settings", responses=SettingsAnswerSerializer)
    def get(self, request: Request, course: str) -> Response:
        """What is set, and what was changed by whom."""
        return Response(_answer(course))

    @extend_schema(operation_id="insights_settings_save", request=SaveSerializer, responses=SettingsAnswerSerializer)
    def post(self, request: Request, course: str) -> Response:
        """Save what a preview has shown."""
        body = SaveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            save(body.validated_data["token"], course=course, by=request.user.get_username())
        except CurriculumError as error:
            raise ValidationError({"detail": error.problems}) from error
        except Stale as error:
            raise ValidationError({"token": [str(error)]}) from error
        return Response(_answer(course))


class SettingsPreviewView(CourseView):
    """What other settings would do."""

    @extend_schema(operation_id="insights_settings_preview", request=WantedSerializer, responses=EffectsSerializer)
    def post(self, request: Request, course: str) -> Response:
        """Compare them with those that hold; nothing is changed."""
        body = WantedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = curriculum.settings(course=course)
        try:
            wanted = _wanted(course, now, body.validated_data)
            curriculum.check_settings(wanted, course=course)
        except CurriculumError as error:
            raise ValidationError({"detail": error.problems}) from error
        room = room_of(course)
        told = effects(course=course, room=room, before=now, after=wanted)
        return Response(
            {
                **_told(told),
                "reading": room is None,
                "settings": msgspec.to_builtins(wanted),
                "token": token(course=course, before=now, after=wanted),
            }
        )


def _wanted(course: str, now: curriculum.SettingsInfo, given: dict[str, Any]) -> curriculum.SettingsInfo:
    if "take_back" in given:
        return curriculum.settings_without(course=course, change=given["take_back"])
    fields = {**given, "left_out": tuple(sorted(set(given["left_out"])))} if "left_out" in given else given
    return msgspec.structs.replace(now, **fields)


def _answer(course: str) -> dict[str, Any]:
    info = curriculum.course(key=course)
    return {
        "settings": msgspec.to_builtins(curriculum.settings(course=course)),
        "by_platform": bool(info and info.by_platform),
        "limits": [{"name": name, "least": least, "most": most} for name, (least, most) in curriculum.LIMITS.items()],
        "changes": SettingsChangeSerializer(curriculum.changes(course=course), many=True).data,
    }


def _told(one: Effects) -> dict[str, Any]:
    return dict(EffectsSerializer(asdict(one) | {"reading": False, "settings": {}, "token": ""}).data)
