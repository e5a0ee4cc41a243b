"""The instructor's page and the class list."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import ensure_csrf_cookie

from metaedu_plugin.insights import tracking
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.presentation import page_context, roll_context
from metaedu_plugin.insights.roll import Asked, roll
from metaedu_plugin.insights.selectors import StillReading


class ClassView(StaffView):
    """Something about a class. While its answers are still being read, a page says so and loads itself again."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, or say that it takes a moment: 202 to who reads, 503 to who writes, since nothing was written."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except StillReading as waiting:
            seconds = 15 if waiting.failed else 3
            context = {"failed": waiting.failed, "seconds": seconds, "framed": "frame" in request.GET}
            status = HTTPStatus.ACCEPTED if request.method in {"GET", "HEAD"} else HTTPStatus.SERVICE_UNAVAILABLE
            answer = render(request, "metaedu/insights/reading.html", context, status=status)
            answer["Retry-After"] = str(seconds)
            add_never_cache_headers(answer)
            return answer


@method_decorator(ensure_csrf_cookie, name="get")
@method_decorator(xframe_options_sameorigin, name="dispatch")
class Page(ClassView):
    """What the class needs; with `frame` in the address, to be shown inside the platform's instructor dashboard."""

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        board = Board.of(course=course)
        tracking.shown(board.open[0], course=course, to=request.user.pk)
        # .. setting_name: METAEDU_NOTICE
        # .. setting_default: ""
        # .. setting_description: A sentence shown above an instructor's findings.
        context = page_context(board, notice=getattr(settings, "METAEDU_NOTICE", ""), reader=request.user.pk or 0)
        return render(request, "metaedu/insights/page.html", {**context, "framed": "frame" in request.GET})


class Learners(ClassView):
    """The class list, with the mastery of everybody."""

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """One page of it: `q` searches names, `sort` sorts, `finding` narrows down to whom a finding is about."""
        board = Board.of(course=course)
        context = roll_context(board, roll(board, Asked.of(request.GET)))
        return render(request, "metaedu/insights/learners.html", context)
