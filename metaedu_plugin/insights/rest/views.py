"""Endpoints of the insights API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.openapi import AutoSchema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metaedu_plugin.insights import decisions, tracking
from metaedu_plugin.insights.access import TeachesCourse
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.rest import serializers as bodies
from metaedu_plugin.openapi import extend_schema


@method_decorator(never_cache, name="dispatch")
class CourseView(APIView):
    """Answers to those who teach the course; never kept, since names are in them."""

    permission_classes = [TeachesCourse]
    # a platform's own default may be another generator's
    schema = AutoSchema()


class FindingsView(CourseView):
    """What the class needs."""

    @extend_schema(operation_id="insights_findings", responses=bodies.FindingsSerializer)
    def get(self, request: Request, course: str) -> Response:
        """All findings, ranked, with what was decided on them."""
        board = Board.of(course=course)
        tracking.shown(board.open[0], course=course, to=request.user.pk)
        top = {one.key for one in board.open[0]}
        body = {
            "course": course,
            "responses": board.room.responses,
            "waiting": board.waiting,
            "findings": [_finding(board, one, top=one.key in top) for one in board.findings],
        }
        return Response(bodies.FindingsSerializer(body).data)


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
            raise ValidationError({"finding": "The course has no such finding: load the findings again."})
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
    def get(self, request: Request, course: str) -> Response:
        """Mastery of each skill for each learner, from the model that serves."""
        board = Board.of(course=course)
        body = {
            "skills": board.room.mastery.skills,
            "titles": board.map_skills,
            "left_out": board.room.mastery.left_out,
            "learners": [row for row in board.learners if row.cells],
        }
        return Response(bodies.MasteryMapSerializer(body).data)


def _finding(board: Board, one: Finding, *, top: bool) -> dict[str, Any]:
    decision = board.decisions.get(one.key)
    return {
        **asdict(one),
        "who": [{**asdict(member), "name": board.names.get(member.learner, "")} for member in one.who],
        "top": top,
        "decision": decision.decision if decision else None,
        "decision_reason": decision.reason if decision else "",
    }
