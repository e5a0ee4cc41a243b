"""The learner's own page about themselves, and what they decide there, without a script."""

from __future__ import annotations

import logging
from typing import Final

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import access, mine, privacy, suggested
from metaedu_plugin.tutoring.erase import answers_too, erase, erase_all
from metaedu_plugin.tutoring.taking_part import taking_part

log = logging.getLogger(__name__)

BACK: Final = {"mine": "metaedu_tutoring:mine"}
"""Where a form may lead, other than to the plan."""
OUTCOMES: Final = {"deleted", "unsure", "failed"}


@transaction.non_atomic_requests
@never_cache
@login_required
@require_safe
def my_data(request: HttpRequest, course: str) -> HttpResponse:
    """Mine: why I see what I see, what is kept of me, and what I can do about it. It opens whatever is switched off."""
    info = curriculum.course(key=course)
    if info is None:
        raise Http404
    done = request.GET.get("done", "")
    context = {
        "course": info,
        "choice": privacy.chosen(user=request.user, course=course),
        "kept": mine.kept(user=request.user, course=course),
        "why": _why(request, course),
        "part": taking_part(user=request.user, course=course),
        "answers_too": answers_too(),
        "done": done if done in OUTCOMES else "",
    }
    return render(request, "metaedu/tutoring/mine.html", context)


@transaction.non_atomic_requests
@never_cache
@login_required
@require_safe
def my_past(request: HttpRequest, course: str) -> HttpResponse:
    """What I was shown: past suggestions, why, and what I did with them. It opens whatever is switched off."""
    info = curriculum.course(key=course)
    if info is None:
        raise Http404
    days = suggested.days_of(suggested.shown(user_id=int(request.user.pk or 0), course=course))
    return render(request, "metaedu/tutoring/shown.html", {"course": info, "days": days, "most": suggested.MOST})


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
    return redirect(BACK.get(request.POST.get("back", ""), "metaedu_tutoring:learn"), course=course)


@transaction.non_atomic_requests
@never_cache
@login_required
@require_POST
def delete(request: HttpRequest, course: str) -> HttpResponse:
    """Delete what the form says, once the learner has said that they are sure."""
    everything = request.POST.get("what") == "everything"
    if curriculum.course(key=course) is None or (everything and not answers_too()):
        raise Http404
    outcome = "deleted"
    if request.POST.get("sure") != "yes":
        outcome = "unsure"
    else:
        try:
            erase_all(user=request.user) if everything else erase(user=request.user, course=course)
        except Exception:
            log.exception("metaedu could not delete what a learner asked to be deleted; nothing of it was")
            outcome = "failed"
    return redirect(f"{reverse('metaedu_tutoring:mine', args=[course])}?done={outcome}")


def _why(request: HttpRequest, course: str) -> mine.Why | None:
    """What is suggested and why; None where nothing is, or where it cannot be told just now."""
    try:
        access.open_course(key=course, user=request.user)
        return mine.why(course=course, learner=access.learner_of(user=request.user))
    except (access.UnknownCourse, access.SwitchedOff, access.OptedOut):
        return None
    except Exception:
        log.exception("metaedu could not tell a learner why they see what they see")
        return None
