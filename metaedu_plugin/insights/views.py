"""The instructor's pages and their downloads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.text import slugify
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import ensure_csrf_cookie

from metaedu_plugin.insights import downloads, tracking
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.downloads import Table
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


class Download(ClassView):
    """A table as a file."""

    name: ClassVar[str]
    form = "csv"
    FORMS: ClassVar = {
        "csv": (downloads.csv_parts, "text/csv; charset=utf-8"),
        "parquet": (downloads.parquet_parts, "application/vnd.apache.parquet"),
    }

    def table(self, board: Board) -> Table:
        """What the file holds."""
        raise NotImplementedError

    def get(self, request: HttpRequest, course: str) -> StreamingHttpResponse:
        """The file, streamed."""
        if self.form == "parquet" and not downloads.has_parquet():
            raise Http404
        parts, kind = self.FORMS[self.form]
        response = StreamingHttpResponse(parts(self.table(Board.of(course=course))), content_type=kind)
        response["Content-Disposition"] = f'attachment; filename="{slugify(course)}-{self.name}.{self.form}"'
        return response


class ItemsDownload(Download):
    """The items table."""

    name = "items"

    def table(self, board: Board) -> Table:
        """One row for each item."""
        return downloads.item_table(board.items)


class SkillsDownload(Download):
    """The skills table."""

    name = "skills"

    def table(self, board: Board) -> Table:
        """One row for each skill."""
        return downloads.skill_table(board.skills)


class RunsDownload(Download):
    """Items beside earlier runs of the course."""

    name = "runs"

    def table(self, board: Board) -> Table:
        """One row for each item that earlier runs had, too."""
        changes = board.room.runs.changes.values()
        return downloads.run_table((board.room.item_title(one.item), one) for one in changes)


class LearnersDownload(Download):
    """The learners with their mastery."""

    name = "learners"

    def table(self, board: Board) -> Table:
        """One row for each learner."""
        return downloads.learner_table(board.every_row(), board.map_skills)
