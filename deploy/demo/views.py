"""Pages of the demo platform: log in, the course, a page to read, a problem."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login as auth_login
from django.contrib.auth import logout as auth_logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from deploy.demo import content, shown, store
from deploy.demo.access import is_course_staff
from deploy.demo.accounts import ACCOUNTS
from deploy.demo.content import Course, Problem, Unit


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """There is one course, so home is its page."""
    return redirect("demo:course", content.course().key)


def login(request: HttpRequest) -> HttpResponse:
    """Log in, or change the account: the three demo accounts are shown."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    form = AuthenticationForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        auth_login(request, form.get_user())
        return redirect(wanted if safe else "demo:home")
    return render(
        request,
        "demo/login.html",
        {"form": form, "next": wanted if safe else "", "accounts": ACCOUNTS, "course": content.course()},
    )


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Log out."""
    auth_logout(request)
    return redirect("demo:login")


@require_GET
@login_required
def course(request: HttpRequest, course_key: str) -> HttpResponse:
    """The course's outline; the first visit enrols."""
    found = course_or_404(course_key)
    store.enrol(user=request.user, course=found)
    staff = is_course_staff(request.user, found.key)
    outline = shown.outline(found, store.states(user=request.user), store.pages_read(user=request.user))
    return render(request, "demo/course.html", {"course": found, "staff": staff, "outline": outline})


@require_GET
@login_required
def read(request: HttpRequest, course_key: str, unit_key: str) -> HttpResponse:
    """The page of a unit."""
    found = course_or_404(course_key)
    unit = found.unit(unit_key)
    if unit is None:
        raise Http404
    return render(
        request,
        "demo/read.html",
        {
            "course": found,
            "unit": unit,
            "number": found.units.index(unit) + 1,
            "done": unit.key in store.pages_read(user=request.user),
        },
    )


@require_GET
@login_required
def problem(request: HttpRequest, course_key: str, problem_id: str) -> HttpResponse:
    """A problem, with the learner's last answers in place."""
    found, unit, wanted = problem_or_404(course_key, problem_id)
    state = store.states(user=request.user).get(wanted.id)
    return render(
        request,
        "demo/problem.html",
        {
            "course": found,
            "unit": unit,
            "problem": wanted,
            "usage_key": found.block("problem", wanted.id),
            "parts": shown.parts(wanted, state),
            "status": shown.status(wanted, state),
            "hints": shown.hints(wanted, state),
            **shown.neighbours(found, wanted),
        },
    )


@require_GET
@login_required
def jump_to(request: HttpRequest, course_key: str, usage_key: str) -> HttpResponse:
    """The platform's address of any block."""
    found = content.course()
    if found.key != course_key:
        # Somebody's own answers were imported: their problems are on the platform that they came from.
        return render(request, "demo/elsewhere.html", {"course_key": course_key, "usage_key": usage_key})
    name = usage_key.rpartition("@")[2]
    kind = usage_key.partition("+type@")[2].partition("+")[0]
    if usage_key != found.block(kind, name):
        raise Http404
    if kind == "problem" and found.find(name):
        return redirect("demo:problem", found.key, name)
    if kind == "html" and found.unit(name.removeprefix("read-")):
        return redirect("demo:read", found.key, name.removeprefix("read-"))
    return redirect(reverse("demo:course", args=[found.key]))


def course_or_404(course_key: str) -> Course:
    """The course of that key."""
    found = content.course()
    if found.key != course_key:
        raise Http404
    return found


def problem_or_404(course_key: str, problem_id: str) -> tuple[Course, Unit, Problem]:
    """The problem with its unit and course."""
    found = course_or_404(course_key)
    pair: Any = found.find(problem_id)
    if pair is None:
        raise Http404
    return found, *pair
