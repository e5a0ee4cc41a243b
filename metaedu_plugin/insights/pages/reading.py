"""Something to read about a skill, added where it is missing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.pages.base import back


class AddReading(StaffView):
    """Takes `skill`, `title` and `url`."""

    def post(self, request: HttpRequest, course: str) -> HttpResponse:
        """Add it and go back."""
        given = {name: request.POST.get(name, "") for name in ("skill", "title", "url")}
        page = reverse("metaedu_insights:page", args=[course])
        try:
            curriculum.add_page(course=course, **given)
        except curriculum.CurriculumError as error:
            return back(request, otherwise=page, failed=str(error))
        return back(request, otherwise=page, said=_("Added: learners who are weak on the skill are led to it."))
