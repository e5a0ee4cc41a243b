"""The learner's pages: the same services as the REST API, rendered on the server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from metaedu_plugin.curriculum.api import CourseInfo
from metaedu_plugin.tutoring import access, course_order, guidance, privacy, states, suggested, tracking
from metaedu_plugin.tutoring.acted import acted
from metaedu_plugin.tutoring.calendars import calendar_of
from metaedu_plugin.tutoring.explain import explain
from metaedu_plugin.tutoring.forms import Chosen, PlanForm
from metaedu_plugin.tutoring.offers import NotOurs
from metaedu_plugin.tutoring.plan_days import shown_days
from metaedu_plugin.tutoring.skill_map import skill_map

log = logging.getLogger(__name__)

TEMPLATE: Final = "metaedu/tutoring/learn.html"
SHOWN_DAYS: Final = 2
"""Days of a plan that are open from the start."""


Page = Callable[[HttpRequest, CourseInfo, str], HttpResponse]
"""Request, course, and the learner who asks."""


def for_learner(page: Page) -> Callable[..., HttpResponse]:
    """A page of the signed-in person about a course: who is not to see it, or finds it broken, reads why."""

    @wraps(page)
    def opened(request: HttpRequest, course: str) -> HttpResponse:
        try:
            info = access.open_course(key=course, user=request.user)
        except access.UnknownCourse:
            return _say(request, "unknown", HTTPStatus.NOT_FOUND)
        except access.SwitchedOff:
            return _say(request, "off", HTTPStatus.OK)
        except access.OptedOut:
            choice = privacy.chosen(user=request.user, course=course)
            return _say(request, "opted_out", HTTPStatus.OK, course_key=course, choice=choice)
        try:
            learner = access.learner_of(user=request.user)
            states.ensure(course=course, learner=learner)
            return page(request, info, learner)
        except Exception:
            log.exception("metaedu could not make a learner's page")
            return _say(request, "failed", HTTPStatus.SERVICE_UNAVAILABLE)

    return transaction.non_atomic_requests(never_cache(login_required(require_safe(opened))))


@for_learner
def learn(request: HttpRequest, course: CourseInfo, learner: str) -> HttpResponse:
    """My plan: what next, the plan up to a date, where I stand, and why."""
    form = PlanForm.of(request.GET, course=course)
    context = _context(course=course.key, learner=learner, chosen=form.chosen)
    tracking.next_shown(context["next"], course=course.key, learner=learner, place="page")
    suggested.keep(context["next"], course=course.key, learner=learner)
    tracking.plan_viewed(context["plan"], course=course.key, learner=learner)
    said = {"dismissed": "dismissed" in request.GET}
    return render(request, TEMPLATE, {"state": "ready", "course": course, "form": form, **said, **context})


@for_learner
def calendar(request: HttpRequest, course: CourseInfo, learner: str) -> HttpResponse:
    """My plan as a file that calendars take in; taken in again, its days replace those of before."""
    chosen = PlanForm.of(request.GET, course=course).chosen
    plan = guidance.plan(course=course.key, learner=learner, until=chosen.until, minutes_a_day=chosen.minutes_a_day)
    made = calendar_of(plan, course=course, learner=learner, absolute=request.build_absolute_uri)
    named = {"Content-Disposition": 'attachment; filename="metaedu-plan.ics"'}
    return HttpResponse(made, content_type="text/calendar; charset=utf-8", headers=named)


@for_learner
def my_map(request: HttpRequest, course: CourseInfo, learner: str) -> HttpResponse:
    """My map: the course's skills, what builds on what, and what is open to me."""
    found = skill_map(course=course.key, learner=learner)
    return render(request, "metaedu/tutoring/map.html", {"course": course, "map": found})


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
    from_model = following["source"] != course_order.SOURCE
    item = following["action"]["item"] if following["action"] and from_model else None
    plan = guidance.plan(course=course, learner=learner, until=chosen.until, minutes_a_day=chosen.minutes_a_day)
    mastery = guidance.mastery(course=course, learner=learner)
    return {
        "next": following,
        "why": explain(course=course, learner=learner, item=item) if item else None,
        "plan": plan,
        "days": shown_days(plan["days"][:SHOWN_DAYS]),
        "later": shown_days(plan["days"][SHOWN_DAYS:]),
        "mastery": mastery,
        "tried": [each for each in mastery["skills"] if each["responses"]],
        "untried": [each for each in mastery["skills"] if not each["responses"]],
    }


def _say(request: HttpRequest, state: str, status: HTTPStatus, **more: Any) -> HttpResponse:
    return render(request, TEMPLATE, {"state": state, **more}, status=status)
