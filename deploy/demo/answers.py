"""What the problem page asks for without reloading: check, hint, answer, page read. Replies are JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from deploy.demo import attempts, grading, markup, shown, store
from deploy.demo.views import course_or_404, problem_or_404

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Without a session the reply is 401 with a text, not a login page that a script cannot show."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"message": "You are not logged in any more. Please log in again."}, status=401)
        return view(request, *args, **more)

    return guarded


@require_POST
@signed_in
def check(request: HttpRequest, course_key: str, problem_id: str) -> HttpResponse:
    """Right or wrong per part, and what the learner may do now."""
    course, _, problem = problem_or_404(course_key, problem_id)
    answers = {name: request.POST.getlist(name) for name, _ in problem.inputs()}
    try:
        state, graded, time = store.check(user=request.user, course=course, problem=problem, answers=answers)
    except grading.Incomplete as error:
        return JsonResponse({"parts": {name: {"message": text} for name, text in error.parts.items()}}, status=422)
    return JsonResponse(
        {
            "parts": {name: shown.verdict(mark.correctness) for name, mark in graded.marks.items()},
            "right": graded.right,
            "grade": graded.grade,
            "max_grade": graded.max_grade,
            "explanation": markup.blocks(problem.explanation) if graded.right else "",
            "course": course.key,
            "problem": course.block("problem", problem.id),
            "event_time": time.isoformat(),
            **shown.status(problem, state),
        }
    )


@require_POST
@signed_in
def hint(request: HttpRequest, course_key: str, problem_id: str) -> HttpResponse:
    """The next hint."""
    course, _, problem = problem_or_404(course_key, problem_id)
    state, index = store.hint(user=request.user, course=course, problem=problem)
    return JsonResponse(
        {"number": index + 1, "html": markup.blocks(problem.hints[index]), **shown.status(problem, state)}
    )


@require_POST
@signed_in
def show_answer(request: HttpRequest, course_key: str, problem_id: str) -> HttpResponse:
    """The right answers with their explanation, once they may be seen."""
    course, _, problem = problem_or_404(course_key, problem_id)
    try:
        state = store.show_answer(user=request.user, course=course, problem=problem)
    except attempts.Refused as error:
        return JsonResponse({"message": str(error)}, status=403)
    return JsonResponse(
        {
            "answers": {name: shown.answer(part) for name, part in problem.inputs()},
            "explanation": markup.blocks(problem.explanation),
            **shown.status(problem, state),
        }
    )


@require_POST
@signed_in
def page_read(request: HttpRequest, course_key: str, unit_key: str) -> HttpResponse:
    """The page of the unit was on the screen long enough to count as read."""
    course = course_or_404(course_key)
    unit = course.unit(unit_key)
    if unit is None:
        return JsonResponse({"message": "There is no such page."}, status=404)
    store.read_page(user=request.user, course=course, unit=unit)
    return JsonResponse({"read": True})
