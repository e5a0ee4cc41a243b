"""How right the model is, and whether it is fair, over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.insights import right_words as words
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.rest.serializers import RangeSerializer
from metaedu_plugin.insights.rest.views import CourseView
from metaedu_plugin.insights.right import VersionRight, right_of
from metaedu_plugin.insights.statistics.fairness import GroupFairness
from metaedu_plugin.insights.tables import Range
from metaedu_plugin.openapi import extend_schema


class BinSerializer(serializers.Serializer):
    """Predictions that are much the same, and what came of them."""

    least = serializers.FloatField(help_text="lowest prediction")
    most = serializers.FloatField(help_text="highest prediction")
    expected = serializers.FloatField(help_text="mean prediction")
    right = RangeSerializer(help_text="share right; n counts answers")
    sentence = serializers.CharField()


class VersionRightSerializer(serializers.Serializer):
    """How right one version is in the course."""

    model = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True, help_text="when the oldest prediction was made")
    answers = serializers.IntegerField()
    learners = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="older predictions that are not looked at")
    waiting = serializers.CharField(allow_blank=True, help_text="what is still missing; empty when there is enough")
    error = RangeSerializer(allow_null=True, help_text="expected calibration error, less what chance adds")
    area = RangeSerializer(allow_null=True, help_text="area under the ROC curve")
    bins = BinSerializer(many=True)


class GroupFairnessSerializer(serializers.Serializer):
    """How right it is for one group, beside the others that are shown."""

    group = serializers.CharField()
    learners = serializers.IntegerField()
    area = RangeSerializer(help_text="area under the ROC curve of the group")
    others = RangeSerializer(help_text="that of the others")
    between = serializers.FloatField(help_text="area between both ROC curves (ABROCA)")
    usual = serializers.FloatField(help_text="the same in a random split")
    by_chance = serializers.FloatField(help_text="share of random splits with at least as large an area between")
    stands_out = serializers.BooleanField(help_text="beyond chance, all groups considered together")
    expected = serializers.FloatField(help_text="mean prediction")
    right = RangeSerializer(help_text="share right")
    sentence = serializers.CharField()


class FairSerializer(serializers.Serializer):
    """By which attribute, on which ground, for which groups."""

    on = serializers.BooleanField(help_text="whether the operator names an attribute and a ground in law")
    trouble = serializers.BooleanField(help_text="whether the groups could not be read")
    attribute = serializers.CharField(allow_blank=True)
    ground = serializers.CharField(allow_blank=True)
    least = serializers.IntegerField(help_text="learners below whom a group is not shown")
    groups = GroupFairnessSerializer(many=True)


class RightSerializer(serializers.Serializer):
    """The version that answered last comes first."""

    versions = VersionRightSerializer(many=True)
    fair = FairSerializer(help_text="of the first of the versions")


class RightView(CourseView):
    """Is it right, is it fair?"""

    @extend_schema(operation_id="insights_right", responses=RightSerializer)
    def get(self, request: Request, course: str) -> Response:
        """What was predicted of live answers, and what came of it."""
        told = right_of(Board.of(course=course).room)
        fair = {name: getattr(told.fair, name) for name in ("on", "trouble", "attribute", "ground", "least")}
        body = {
            "versions": [_version(one) for one in told.versions],
            "fair": {**fair, "groups": [_group(one) for one in told.fair.groups]},
        }
        return Response(RightSerializer(body).data)


def _version(one: VersionRight) -> dict[str, Any]:
    told = one.calibration
    return {
        "model": one.model,
        "since": one.since,
        "answers": one.answers,
        "learners": one.learners,
        "left_out": one.left_out,
        "waiting": words.waiting(one),
        "error": Range.of(told.error) if told else None,
        "area": Range.of(one.area) if one.area else None,
        "bins": [
            {
                "least": each.least,
                "most": each.most,
                "expected": each.expected,
                "right": Range.of(each.right),
                "sentence": words.in_words(each),
            }
            for each in (told.bins if told else ())
        ],
    }


def _group(one: GroupFairness) -> dict[str, Any]:
    plain = ("group", "learners", "between", "usual", "by_chance", "stands_out", "expected")
    ranges = {name: Range.of(getattr(one, name)) for name in ("area", "others", "right")}
    return {**{name: getattr(one, name) for name in plain}, **ranges, "sentence": words.chance(one)}
