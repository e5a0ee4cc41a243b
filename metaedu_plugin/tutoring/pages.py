"""The learner's page: the same services as the REST API, rendered on the server."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from metaedu_plugin.tutoring import access, guidance, privacy, states, tracking
from metaedu_plugin.tutoring.acted import acted
from metaedu_plugin.tutoring.explain import explain
from metaedu_plugin.tutoring.forms import Chosen, PlanForm
from metaedu_plugin.tutoring.offers import NotOurs

log = logging.getLogger(__name__)

TEMPLATE: Final = "metaedu/tutoring/learn.html"
SHOWN_DAYS: Final = 5
"""Days of a plan that are open from the start."""


@transaction.non_atomic_requests
@never_cache
@login_required
@require_safe
def learn(request: HttpRequest, course: str) -> HttpResponse:
    """My plan: what next, the plan up to a date, where I stand, and why."""
    try:
        info = access.open_course(key=course, user=request.user)
    except access.UnknownCourse:
        return _say(request, "unknown", HTTPStatus.NOT_FOUND)
    except access.SwitchedOff:
        return _say(request, "off", HTTPStatus.OK)
    except access.OptedOut:
        choice = privacy.chosen(user=request.user, course=course)
        return _say(request, "opted_out", HTTPStatus.OK, course_key=course, choice=choice)
    learner = access.learner_of(user=request.user)
    form = PlanForm.of(request.GET, course=info)
    try:
        states.ensure(course=course, learner=learner)
        context = _context(course=course, learner=learner, chosen=form.chosen)
    except Exception:
        log.exception("metaedu could not make a learner's page")
        return _say(request, "failed", HTTPStatus.SERVICE_UNAVAILABLE)
    tracking.next_shown(context["next"], course=course, learner=learner, place="page")
    tracking.plan_viewed(context["plan"], course=course, learner=learner)
    said = {"dismissed": "dismissed" in request.GET}
    return render(request, TEMPLATE, {"state": "ready", "course": info, "form": form, **said, **context})


@transaction.non_atomic_requests
@never_cache
@login_required
@require_POST
def dismiss(request: HttpRequest, course: str) -> HttpResponse:
    """Not now: the action rests for a while, and the page shows what else there is."""
    page = reverse("metaedu_tutoring:learn", args=[course])
    try:
        access.open_course(key=course, user=request.user)
        token = request.POST.get("token", "")
        acted(course=course, learner=access.learner_of(user=request.user), did="dismissed", token=token, place="page")
    except (access.UnknownCourse, access.SwitchedOff, access.OptedOut, NotOurs):
        return redirect(page)
    except Exception:
        log.exception("metaedu could not remember what a learner dismissed")
        return redirect(page)
    return redirect(f"{page}?dismissed=1")


def _context(*, course: str, learner: str, chosen: Chosen) -> dict[str, Any]:
    following = guidance.next_action(course=course, learner=learner)
    item = following["action"]["item"] if following["action"] else None
    plan = guidance.plan(course=course, learner=learner, until=chosen.until, minutes_a_day=chosen.minutes_a_day)
    mastery = guidance.mastery(course=course, learner=learner)
    return {
        "next": following,
        "why": explain(course=course, learner=learner, item=item) if item else None,
        "plan": plan,
        "days": plan["days"][:SHOWN_DAYS],
        "later": plan["days"][SHOWN_DAYS:],
        "mastery": mastery,
        "tried": [each for each in mastery["skills"] if each["responses"]],
        "untried": [each for each in mastery["skills"] if not each["responses"]],
    }


def _say(request: HttpRequest, state: str, status: HTTPStatus, **more: Any) -> HttpResponse:
    return render(request, TEMPLATE, {"state": state, **more}, status=status)
