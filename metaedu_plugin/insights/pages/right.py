"""Is it right, and is it fair? What was predicted of live answers, and what came."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from metaedu_plugin.insights import right_words as words
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.pages.base import Aside
from metaedu_plugin.insights.right import right_of


class RightPage(Aside):
    """How right the model is in this course, version by version, and for each group that may be shown."""

    template = "metaedu/insights/right.html"

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        board = Board.of(course=course)
        told = right_of(board.room)
        now = told.current
        calibration = now.calibration if now else None
        return self.show(
            request,
            board,
            now=now,
            waiting=words.waiting(now),
            verdict=words.verdict(calibration) if calibration else "",
            whole=words.whole(now) if now else "",
            order=words.order(now.area) if now and now.area and now.area.known else "",
            bins=[(words.in_words(one), one, words.is_off(one)) for one in calibration.bins] if calibration else [],
            dots=words.dots(calibration) if calibration else [],
            versions=[(one, words.off(one.calibration.error) if one.calibration else "") for one in told.versions],
            fair=told.fair,
            fair_verdict=words.fair(told.fair.groups) if told.fair.groups else "",
            groups=[(one, words.chance(one)) for one in told.fair.groups],
        )
