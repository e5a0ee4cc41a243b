"""The weekly e-mail: asked for on the page, ended on the page or from the mail."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import digests
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.pages.base import back


class Digest(StaffView):
    """Takes `wanted`, yes or no, for the person who asks."""

    def post(self, request: HttpRequest, course: str) -> HttpResponse:
        """Begin or end it."""
        page = reverse("metaedu_insights:page", args=[course])
        reader = request.user.pk or 0
        if request.POST.get("wanted") == "yes":
            digests.subscribe(user_id=reader, course=course)
            return back(request, otherwise=page, said=_("You will get the week's findings by e-mail."))
        digests.unsubscribe(user_id=reader, course=course)
        return back(request, otherwise=page, said=_("No more e-mails about this course."))


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class StopDigest(View):
    """The link in the mail: no sign-in, the token says who; mail programs post to it (RFC 8058)."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Ask first: mail scanners follow links."""
        return self._answer(request, token, stopped=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """End it."""
        return self._answer(request, token, stopped=True)

    def _answer(self, request: HttpRequest, token: str, *, stopped: bool) -> HttpResponse:
        found = digests.of_token(token)
        if found is None:
            raise Http404
        user_id, course = found
        if stopped:
            digests.unsubscribe(user_id=user_id, course=course)
        info = curriculum.course(key=course)
        context = {"stopped": stopped, "title": info.title if info else course}
        return render(request, "metaedu/insights/stop_digest.html", context)
