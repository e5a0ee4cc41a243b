"""The experiment of a course, as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.insights import verdicts
from metaedu_plugin.insights.rest.views import CourseView
from metaedu_plugin.openapi import extend_schema


class ExperimentGroupSerializer(serializers.Serializer):
    """One of the two groups."""

    learners = serializers.IntegerField(help_text="with an answer to an item not seen before the beginning")
    answers = serializers.IntegerField(help_text="first attempts at such items")
    right = serializers.IntegerField()
    before = serializers.FloatField(allow_null=True, help_text="share right at first attempts before the beginning")
    left = serializers.IntegerField(help_text="learners who left the experiment or switched suggestions off")


class ExperimentLookSerializer(serializers.Serializer):
    """What an experiment came to at one moment: suggestions less the course's order, in shares of answers."""

    made = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=["too_few", "open", "better", "worse", "no_matter"])
    sentence = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="95 %, holds at all looks together")
    high = serializers.FloatField(allow_null=True)
    usual_low = serializers.FloatField(allow_null=True, help_text="95 %, holds at one look set before; once it ended")
    usual_high = serializers.FloatField(allow_null=True)
    more = serializers.IntegerField(allow_null=True, help_text="learners still needed for the smallest difference")
    mismatch = serializers.BooleanField(help_text="group sizes are not such as chance makes them: something is wrong")
    suggestions = ExperimentGroupSerializer()
    course_order = ExperimentGroupSerializer()


class ExperimentSerializer(serializers.Serializer):
    """One experiment."""

    id = serializers.IntegerField()
    share = serializers.FloatField(help_text="of learners who get the course's own order")
    smallest = serializers.FloatField(help_text="smallest difference worth having, a share of answers")
    begun = serializers.DateTimeField()
    begun_by = serializers.CharField()
    ended = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_blank=True)
    asked = serializers.DateTimeField(allow_null=True, help_text="when fresh figures were asked for that are to come")
    trouble = serializers.CharField(allow_blank=True)
    looks = ExperimentLookSerializer(many=True)


class ExperimentsSerializer(serializers.Serializer):
    """All experiments of a course, the newest first."""

    course = serializers.CharField()
    experiments = ExperimentSerializer(many=True)


class ExperimentDoSerializer(serializers.Serializer):
    """What to do."""

    do = serializers.ChoiceField(choices=["begin", "look", "end"])
    share = serializers.FloatField(required=False, default=0.5)
    smallest = serializers.FloatField(required=False, default=0.05)


class ExperimentView(CourseView):
    """Does it help?"""

    @extend_schema(operation_id="insights_experiments", responses=ExperimentsSerializer)
    def get(self, request: Request, course: str) -> Response:
        """All experiments with all looks."""
        return Response(_told(course))

    @extend_schema(operation_id="insights_experiment", request=ExperimentDoSerializer, responses=ExperimentsSerializer)
    def post(self, request: Request, course: str) -> Response:
        """Begin one, ask for fresh figures, or end it: what has ended is not taken up again."""
        body = ExperimentDoSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given, by = body.validated_data, request.user.get_username()
        try:
            if given["do"] == "begin":
                experiment.begin(course=course, share=given["share"], smallest=given["smallest"], by=by)
            elif given["do"] == "end":
                experiment.request_look(experiment=experiment.end(course=course, by=by))
            else:
                experiment.request_look(experiment=experiment.latest(course=course))
        except experiment.ExperimentError as error:
            raise ValidationError({"do": [str(error)]}) from error
        return Response(_told(course))


def _told(course: str) -> dict[str, Any]:
    return {"course": course, "experiments": [_one(each) for each in experiment.history(course=course)]}


def _one(each: experiment.ExperimentInfo) -> dict[str, Any]:
    told = msgspec.to_builtins(each)
    del told["salt"], told["course"]
    return {**told, "looks": [_look(look, each) for look in experiment.looks(experiment=each)]}


def _look(look: experiment.LookInfo, of: experiment.ExperimentInfo) -> dict[str, Any]:
    found = look.difference
    told = msgspec.to_builtins(found)
    del told["chance"]
    if of.ended is None or look.made < of.ended:
        # It holds at one look alone: who sees it every day stops at the luckiest.
        told["usual_low"] = told["usual_high"] = None
    sentence = verdicts.headline(found, smallest=of.smallest)
    return {"made": look.made.isoformat(), **told, "mismatch": found.mismatch, "sentence": sentence}
