"""Does it help? The course's experiment: begun, looked at and ended here."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.insights import verdicts
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.downloads.catalogue import offer
from metaedu_plugin.insights.pages.base import back

PLANNED: Final = (0.03, 0.05, 0.10, 0.15, 0.20)
"""Differences of which the page says how many learners they take."""
HALF: Final = 0.5
FIVE: Final = 0.05


@method_decorator(xframe_options_sameorigin, name="dispatch")
class ExperimentPage(StaffView):
    """The experiment that runs, else how to begin one; and those of before."""

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        info = curriculum.course(key=course)
        every = experiment.history(course=course)
        running = next((one for one in every if one.ended is None), None)
        shown = running or next(iter(every), None)
        seen = experiment.looks(experiment=shown) if shown else []
        context = {
            "course": course,
            "title": info.title if info else course,
            "running": running,
            "shown": shown,
            "looks": seen[::-1],
            "latest": seen[-1] if seen else None,
            "headline": verdicts.headline(seen[-1].difference, smallest=shown.smallest) if shown and seen else "",
            "before": [self._told(one) for one in every if one is not shown],
            "planned": [(one, experiment.planned_learners(smallest=one, share=HALF)) for one in PLANNED],
            "curve": _curve(seen, smallest=shown.smallest) if shown and len(seen) > 1 else None,
            "framed": "frame" in request.GET,
        }
        return render(request, "metaedu/insights/experiment.html", context)

    def post(self, request: HttpRequest, course: str) -> HttpResponse:
        """`do` is begin (with `share` and `smallest`, of a hundred), look or end; begin and end want `sure`."""
        page, by = reverse("metaedu_insights:experiment", args=[course]), request.user.get_username()
        do, sure = request.POST.get("do", ""), request.POST.get("sure") == "yes"
        if do in {"begin", "end"} and not sure:
            return back(request, otherwise=page, failed=_("Nothing was changed: tick the box first."))
        try:
            if do == "begin":
                share, smallest = _hundredth(request, "share"), _hundredth(request, "smallest")
                experiment.begin(course=course, share=share, smallest=smallest, by=by)
                return back(request, otherwise=page, said=_("The experiment has begun."))
            if do == "end":
                ended = experiment.end(course=course, by=by)
                experiment.request_look(experiment=ended)
                return back(
                    request, otherwise=page, said=_("The experiment has ended. Everybody gets suggestions now.")
                )
            if do == "look":
                experiment.request_look(experiment=experiment.latest(course=course))
                return back(request, otherwise=page)
        except experiment.ExperimentError as error:
            return back(request, otherwise=page, failed=str(error))
        raise Http404

    @staticmethod
    def _told(one: experiment.ExperimentInfo) -> dict[str, Any]:
        seen = experiment.looks(experiment=one)
        found = seen[-1].difference if seen else None
        return {
            "experiment": one,
            "file": offer("experiment", course=one.course, experiment=one.id),
            "found": found,
            "headline": verdicts.headline(found, smallest=one.smallest) if found else "",
        }


def _hundredth(request: HttpRequest, name: str) -> float:
    """A number of a hundred as a share. Raises ExperimentError."""
    try:
        return float(request.POST.get(name, "").replace(",", ".")) / 100
    except ValueError as error:
        raise experiment.ExperimentError(_("Give the numbers as digits, such as 50 or 5.")) from error


def _curve(seen: list[experiment.LookInfo], *, smallest: float) -> dict[str, Any]:
    """What the picture is drawn of."""
    told = [(one.made, one.difference) for one in seen if one.difference.value is not None]
    return {
        "when": [made.timestamp() for made, _found in told],
        "day": [date_format(made, "SHORT_DATE_FORMAT") for made, _found in told],
        "value": [found.value for _made, found in told],
        "low": [found.low for _made, found in told],
        "high": [found.high for _made, found in told],
        "smallest": smallest,
    }
