"""The comparison that a learner may be part of: said on their own page, and left there."""

from __future__ import annotations

from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.tutoring import access


class TakingPart(TypedDict):
    """An experiment from a learner's side."""

    in_order: bool
    """Whether they are shown the course's own order."""


def taking_part(*, user: AbstractBaseUser | AnonymousUser, course: str) -> TakingPart | None:
    """What the learner is part of; None where no experiment runs, where they left it, or where nothing is shown."""
    try:
        access.open_course(key=course, user=user)
    except (access.UnknownCourse, access.SwitchedOff, access.OptedOut):
        return None
    if experiment.running(course=course) is None:
        return None
    learner = access.learner_of(user=user)
    found = experiment.takes_part(course=course, learner=learner)
    return TakingPart(in_order=found.group(learner) == experiment.ORDER) if found else None


@transaction.non_atomic_requests
@never_cache
@login_required
@require_POST
def leave(request: HttpRequest, course: str) -> HttpResponse:
    """Leave the comparison: suggestions from now on, and nothing of the learner counts in it."""
    if curriculum.course(key=course) is None:
        raise Http404
    experiment.leave(course=course, learner=access.learner_of(user=request.user))
    return redirect("metaedu_tutoring:mine", course=course)
