"""What all answers have in common: who asks, what may go wrong, and that nothing of it reaches the platform."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from drf_spectacular.openapi import AutoSchema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from metaedu_plugin.curriculum.api import CourseInfo
from metaedu_plugin.tutoring import access, states

log = logging.getLogger(__name__)


# Platforms run requests in one transaction; here an answer is drained, committed and observed before it is read.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
@method_decorator(never_cache, name="dispatch")
class LearnerView(APIView):
    """Answers about the signed-in person, and nobody else: there is no parameter for a learner."""

    # How people sign in is the platform's (its sessions, and its tokens for apps); what follows is named here, because
    # a platform's own defaults may be others.
    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]
    throttle_classes: list[type] = []
    schema = AutoSchema()

    def course(self, key: str) -> CourseInfo:
        """The course, when whoever asks is to see feedback in it."""
        return access.open_course(key=key, user=self.request.user)

    def learner(self, request: Request) -> str:
        """The pseudonym of whoever asks."""
        return access.learner_of(user=request.user)

    def ready(self, request: Request, course: str) -> str:
        """The same, with the learner's state up to date."""
        learner = self.learner(request)
        states.ensure(course=course, learner=learner)
        return learner

    def handle_exception(self, exc: Exception) -> Response:
        """Everything that is not the asker's fault becomes `failed`: logged, and quiet on the page."""
        if isinstance(exc, access.SwitchedOff):
            return Response({"status": "off"}, status=404)
        if isinstance(exc, access.OptedOut):
            detail = gettext("You switched suggestions off for yourself. Your page of the course switches them on.")
            return Response({"status": "opted_out", "detail": detail}, status=404)
        if isinstance(exc, access.UnknownCourse):
            detail = gettext("There is no course %(course)s here.") % {"course": exc}
            return Response({"status": "unknown_course", "detail": detail}, status=404)
        if isinstance(exc, ValidationError):
            return Response({"status": "invalid", "detail": exc.detail}, status=400)
        if isinstance(exc, APIException):
            return super().handle_exception(exc)
        log.exception("metaedu could not answer a learner", exc_info=exc)
        return Response({"status": "failed"}, status=503)
