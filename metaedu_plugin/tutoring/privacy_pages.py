"""The learner's own switch, without a script."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import privacy


@transaction.non_atomic_requests
@never_cache
@login_required
@require_POST
def choose(request: HttpRequest, course: str) -> HttpResponse:
    """Take in what the form says, and show the page as it is from now on."""
    wanted = privacy.WAYS.get(request.POST.get("way", ""))
    if wanted is None or curriculum.course(key=course) is None:
        raise Http404
    privacy.choose(user=request.user, course=course, wanted=wanted)
    return redirect("metaedu_tutoring:learn", course=course)
