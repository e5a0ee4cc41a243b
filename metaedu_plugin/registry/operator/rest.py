"""The operator's figures as JSON."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metaedu_plugin.openapi import extend_schema
from metaedu_plugin.registry.operator.access import IsOperator
from metaedu_plugin.registry.operator.report import SECTIONS, report


class OperatorStatusSerializer(serializers.Serializer):
    """Each section has `state` (good, warn, bad), `headline`, and its figures."""

    checked = serializers.DateTimeField()
    capture = serializers.DictField(required=False)
    serving = serializers.DictField(required=False)
    training = serializers.DictField(required=False)
    evaluation = serializers.DictField(required=False)


class StatusView(APIView):
    """How capture, serving and training fare."""

    permission_classes = [IsOperator]
    # a platform's own default may be another generator's
    schema = AutoSchema()

    @extend_schema(responses=OperatorStatusSerializer, operation_id="metaedu_operator_status")
    def get(self, request: Request) -> Response:
        """All sections, or those named in `?only=capture,serving`."""
        only = [name for name in request.query_params.get("only", "").split(",") if name in SECTIONS]
        return Response(report(*only))
