"""Endpoints of the insights API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.openapi import AutoSchema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metaedu_plugin.insights import decisions, people, tracking
from metaedu_plugin.insights.access import TeachesCourse
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.rest import serializers as bodies
from metaedu_plugin.insights.selectors import StillReading
from metaedu_plugin.openapi import extend_schema

MAP_ROW: Final = tuple(bodies.MapRowSerializer().fields)
"""What the schema says of a row."""


@method_decorator(never_cache, name="dispatch")
class CourseView(APIView):
    """Answers to those who teach the course; never kept, since names are in them."""

    permission_classes = [TeachesCourse]
    # a platform's own default may be another generator's
    schema = AutoSchema()

    def handle_exception(self, exc: Exception) -> Response:
        """While the answers of a large course are being read: 202 to who reads, 503 to who writes; ask again."""
        if not isinstance(exc, StillReading):
            return super().handle_exception(exc)
        code = status.HTTP_202_ACCEPTED if self.request.method == "GET" else status.HTTP_503_SERVICE_UNAVAILABLE
        told = {"ready": False, "failed": exc.failed, "detail": str(exc)}
        return Response(told, status=code, headers={"Retry-After": "15" if exc.failed else "3"})


class FindingsView(CourseView):
    """What the class needs."""

    @extend_schema(operation_id="insights_findings", responses=bodies.FindingsSerializer)
    def get(self, request: Request, course: str) -> Response:
        """All findings, ranked, with what was decided on them."""
        board = Board.of(course=course)
        tracking.shown(board.open[0], course=course, to=request.user.pk)
        top = {one.key for one in board.open[0]}
        names = people.names(pseudonyms=[member.learner for one in board.findings for member in one.who])
        body = {
            "course": course,
            "responses": board.room.responses,
            "waiting": board.waiting,
            "as_of": _moment(board),
            "findings": [_finding(board, one, names, top=one.key in top) for one in board.findings],
        }
        return Response(body)


class DecisionView(CourseView):
    """Accept, dismiss, take back."""

    @extend_schema(
        operation_id="insights_decide", request=bodies.DecisionSerializer, responses=bodies.DecisionSerializer
    )
    def post(self, request: Request, course: str) -> Response:
        """Decide on a finding of the course."""
        body = bodies.DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted: dict[str, str] = body.validated_data
        board = Board.of(course=course)
        about = next((one for one in board.findings if one.key == wanted["finding"]), None)
        if about is None and wanted["finding"] not in board.decisions:
            raise ValidationError({"finding": _("The course has no such finding: load the findings again.")})
        if wanted["decision"] == bodies.DecisionSerializer.OPEN:
            decisions.take_back(course=course, finding=wanted["finding"])
        else:
            decisions.decide(course=course, by=request.user.get_username(), about=about, **wanted)
        return Response(wanted)


class ItemsView(CourseView):
    """Item statistics."""

    @extend_schema(operation_id="insights_items", responses=bodies.ItemSerializer(many=True))
    def get(self, request: Request, course: str) -> Response:
        """Every answered item, in course order."""
        return Response(bodies.ItemSerializer(Board.of(course=course).items, many=True).data)


class SkillsView(CourseView):
    """Skill statistics."""

    @extend_schema(operation_id="insights_skills", responses=bodies.SkillSerializer(many=True))
    def get(self, request: Request, course: str) -> Response:
        """Every skill, in course order."""
        return Response(bodies.SkillSerializer(Board.of(course=course).skills, many=True).data)


class LearningCurvesView(CourseView):
    """Learning curves."""

    @extend_schema(operation_id="insights_learning_curves", responses=bodies.LearningCurveSerializer(many=True))
    def get(self, request: Request, course: str) -> Response:
        """Error rate against opportunity number, for each skill."""
        return Response(bodies.LearningCurveSerializer(Board.of(course=course).skills, many=True).data)


class MasteryMapView(CourseView):
    """Learners by skills."""

    @extend_schema(operation_id="insights_mastery_map", responses=bodies.MasteryMapSerializer)
    def get(self, request: Request, course: str) -> HttpResponse:
        """Mastery of each skill for each learner, from the model that serves."""
        board = Board.of(course=course)
        return HttpResponse(board.room.once("map", lambda: self._body(board)), content_type="application/json")

    @staticmethod
    def _body(board: Board) -> bytes:
        """The text of the answer: tens of thousands of figures that are the same for every reader."""
        body = {
            "skills": board.room.mastery.skills,
            "titles": board.map_skills,
            "left_out": board.room.mastery.left_out,
            "as_of": _moment(board),
            "learners": [_told(row, MAP_ROW) for row in board.rows(board.mapped)],
        }
        return msgspec.json.encode(body)


def _moment(board: Board) -> str:
    return datetime.fromtimestamp(board.room.made, UTC).isoformat()


def _told(one: Any, names: Collection[str]) -> dict[str, Any]:
    """The fields as JSON takes them; a serializer would take a hundred times as long for thousands of rows."""
    fields: dict[str, Any] = msgspec.to_builtins(one)
    return {name: fields[name] for name in names}


def _finding(board: Board, one: Finding, names: Mapping[str, str], *, top: bool) -> dict[str, Any]:
    decision = board.decisions.get(one.key)
    return {
        **msgspec.to_builtins(one),
        "who": [{"learner": each.learner, "name": names[each.learner], "why": each.why} for each in one.who],
        "top": top,
        "decision": decision.decision if decision else None,
        "decision_reason": decision.reason if decision else "",
    }
