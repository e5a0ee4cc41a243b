"""What these pages have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.clickjacking import xframe_options_sameorigin

from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.views import ClassView


@method_decorator(xframe_options_sameorigin, name="dispatch")
class Aside(ClassView):
    """A page beside the course's page, from which its readers come and to which they go back."""

    template = ""

    def show(self, request: HttpRequest, board: Board, **context: Any) -> HttpResponse:
        """The page."""
        about = {"board": board, "course": board.room.course, "framed": "frame" in request.GET}
        return render(request, self.template, {**about, **context})


def finding_of(board: Board, key: str) -> Finding:
    """The finding that an address names. Raises Http404 where it does not hold any more."""
    found = next((one for one in board.findings if one.key == key), None)
    if found is None:
        raise Http404
    return found


def back(request: HttpRequest, *, otherwise: str, said: str = "", failed: str = "") -> HttpResponse:
    """To where the form was, with a sentence on what came of it."""
    if said:
        messages.success(request, said)
    if failed:
        messages.error(request, failed)
    asked = request.POST.get("back", "")
    fine = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(asked if asked and fine else otherwise)


def change_number(text: str) -> int:
    """Number of a change as a form sends it; 0, which no change has, for all that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
