"""Items beside earlier runs of the course, over the API."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.rest.serializers import RangeSerializer
from metaedu_plugin.insights.rest.views import CourseView
from metaedu_plugin.insights.tables import Range
from metaedu_plugin.openapi import extend_schema


class RunChangeSerializer(serializers.Serializer):
    """An item in this run beside the earlier ones."""

    item = serializers.CharField()
    title = serializers.CharField()
    success = RangeSerializer(help_text="share right at the first attempt in this run")
    expected = serializers.FloatField(help_text="the same, were it as hard as in earlier runs")
    shift = RangeSerializer(help_text="difference at equal success elsewhere: below 0 is harder")
    harder = RangeSerializer(help_text="the same in logits of difficulty: above 0 is harder")
    p = serializers.FloatField(help_text="how likely chance makes it look at least as different")
    sure = serializers.BooleanField(help_text="beyond chance, all items considered together, and large enough")


class RunsSerializer(serializers.Serializer):
    """All items that earlier runs had, too."""

    earlier = serializers.ListField(child=serializers.CharField(), help_text="the latest first")
    items = RunChangeSerializer(many=True)


class RunsView(CourseView):
    """Is an item as hard as it was?"""

    @extend_schema(operation_id="insights_runs", responses=RunsSerializer)
    def get(self, request: Request, course: str) -> Response:
        """Items beside earlier runs; empty until these have been read, a moment after the first look."""
        room = Board.of(course=course).room
        items = [
            {
                "item": one.item,
                "title": room.item_title(one.item),
                "success": Range.of(one.now.success),
                "expected": one.expected,
                "shift": Range.of(one.shift),
                "harder": Range.of(one.harder),
                "p": one.p,
                "sure": one.sure,
            }
            for one in room.runs.changes.values()
        ]
        earlier = [run.course for run in room.runs.earlier]
        return Response(RunsSerializer({"earlier": earlier, "items": items}).data)
