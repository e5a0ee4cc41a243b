"""The instructor's page and its downloads."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.text import slugify
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import ensure_csrf_cookie

from metaedu_plugin.insights import downloads, tracking
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.presentation import page_context


@method_decorator(ensure_csrf_cookie, name="get")
@method_decorator(xframe_options_sameorigin, name="get")
class Page(StaffView):
    """What the class needs; with `frame` in the address, to be shown inside the platform's instructor dashboard."""

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        board = Board.of(course=course)
        tracking.shown(board.open[0], course=course, to=request.user.pk)
        # .. setting_name: METAEDU_NOTICE
        # .. setting_default: ""
        # .. setting_description: A sentence shown above an instructor's findings.
        context = page_context(board, notice=getattr(settings, "METAEDU_NOTICE", ""))
        return render(request, "metaedu/insights/page.html", {**context, "framed": "frame" in request.GET})


class Download(StaffView):
    """A table as CSV."""

    name = ""

    def lines(self, board: Board) -> Iterator[str]:
        """Lines of the file."""
        raise NotImplementedError

    def get(self, request: HttpRequest, course: str) -> StreamingHttpResponse:
        """The file."""
        response = StreamingHttpResponse(self.lines(Board.of(course=course)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{slugify(course)}-{self.name}.csv"'
        return response


class ItemsDownload(Download):
    """The items table."""

    name = "items"

    def lines(self, board: Board) -> Iterator[str]:
        """One line for each item."""
        return downloads.item_lines(board.items)


class SkillsDownload(Download):
    """The skills table."""

    name = "skills"

    def lines(self, board: Board) -> Iterator[str]:
        """One line for each skill."""
        return downloads.skill_lines(board.skills)


class LearnersDownload(Download):
    """The learners with their mastery."""

    name = "learners"

    def lines(self, board: Board) -> Iterator[str]:
        """One line for each learner."""
        return downloads.learner_lines(board.learners, board.map_skills)
