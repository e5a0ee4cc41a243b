"""Everything that the pages show, as files: one at a time, or all of it."""

from __future__ import annotations

from typing import ClassVar

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.text import slugify

from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.downloads import files
from metaedu_plugin.insights.downloads.catalogue import BY_NAME, DOWNLOADS, offer
from metaedu_plugin.insights.pages.base import Aside
from metaedu_plugin.insights.views import ClassView


class DataPage(Aside):
    """What there is to download."""

    template = "metaedu/insights/data.html"

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        offered = [offer(one.name, course=course) for one in DOWNLOADS if not one.of_one]
        return self.show(request, Board.of(course=course), files=offered)


class DownloadView(ClassView):
    """A table as a file, streamed."""

    FORMS: ClassVar = {
        "csv": (files.csv_parts, "text/csv; charset=utf-8"),
        "parquet": (files.parquet_parts, "application/vnd.apache.parquet"),
    }

    def get(self, request: HttpRequest, course: str, name: str, form: str) -> StreamingHttpResponse:
        """The file. 404 where there is nothing of the kind, or no Parquet on this platform."""
        if form == "parquet" and not files.has_parquet():
            raise Http404
        parts, kind = self.FORMS[form]
        asked = request.GET.dict()
        table = BY_NAME[name].table(course, asked)
        # Two experiments, or the answers of two learners, are two files.
        told = "-".join([slugify(course), name, *map(slugify, asked.values())])
        return _file(parts(table), kind, f"{told}.{form}")


class EverythingView(ClassView):
    """All tables of the course as CSV files in one ZIP archive, streamed."""

    def get(self, request: HttpRequest, course: str) -> StreamingHttpResponse:
        """The archive."""
        tables = {f"{one.name}.csv": one.table(course, {}) for one in DOWNLOADS if not one.of_one}
        return _file(files.zip_parts(tables), "application/zip", f"{slugify(course)}.zip")


def _file(parts: files.Parts, kind: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(parts, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
