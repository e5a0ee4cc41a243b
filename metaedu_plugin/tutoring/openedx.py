"""The platform's unit page, and what may be told of its problems: the one module of tutoring that knows the platform.

The platform's filters load the step by its name, which `settings/common.py` gives them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

from django.db import transaction
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from metaedu_plugin import inside
from metaedu_plugin.capture import api as capture
from metaedu_plugin.harmless import PipelineStep, harmless
from metaedu_plugin.tutoring import access
from metaedu_plugin.tutoring.labels import busy

MODULESTORE: Final = "xmodule.modulestore.django.modulestore"

STUDENT_VIEW: Final = "student_view"
REMEMBERED: Final = 15
"""Seconds for which a page goes by the course's switch as it last was; the API asks anew each time."""
TOLD: Final = {"", "always"}
"""Values of a subsection's `show_correctness` that let a learner know right from wrong at once."""
STYLE: Final = "metaedu/feedback.css"
SCRIPTS: Final = ("metaedu/feedback.js", "metaedu/unit.js")


class FeedbackBelowProblems(PipelineStep):
    """Step of `VerticalBlockRenderCompleted`: a place for feedback for each problem of a unit, and a link to the plan.

    Nothing is predicted and nothing is asked per problem: the places are empty, and `unit.js` puts each below its
    problem, where `feedback.js` fills it once the problem is answered.
    """

    @harmless("feedback in units")
    def run_filter(self, block: Any, fragment: Any, context: Any, view: str) -> dict[str, Any]:
        """Add to the fragment, at the end and only once all of it is made."""
        if view == STUDENT_VIEW and (addition := _addition(block)):
            style, scripts = static(STYLE), [static(each) for each in SCRIPTS]
            fragment.add_content(addition)
            fragment.add_css_url(style)
            for script in scripts:
                fragment.add_javascript_url(script)
        return {"block": block, "fragment": fragment, "context": context, "view": view}


def _addition(unit: Any) -> SafeString | None:
    course = str(unit.scope_ids.usage_id.context_key)
    if not _is_open(course, int(time.monotonic() // REMEMBERED)):
        return None
    problems = [] if _is_exam(unit) else list(_problems(unit))
    if not problems or not _is_wanted(int(unit.scope_ids.user_id or 0), course):
        return None
    original = _originals()
    places = format_html_join(
        "",
        '<div class="me-feedback" data-course="{}" data-problem="{}" data-block="{}" data-busy="{}" data-wait></div>',
        ((course, original(key), key, busy()) for key in problems),
    )
    return format_html(
        '{}<p class="me-feedback me-feedback-plan"><a href="{}">{}</a></p>',
        places,
        reverse("metaedu_tutoring:learn", args=[course]),
        gettext("My plan"),
    )


@lru_cache(maxsize=1024)
def _is_open(course: str, period: int) -> bool:
    """Whether learners of the course see feedback; asked once a period."""
    try:
        # A query that fails must not take the request's own transaction with it.
        with transaction.atomic():
            access.open_course(key=course)
    except (access.UnknownCourse, access.SwitchedOff):
        return False
    return True


def _is_wanted(user: int, course: str) -> bool:
    """Whether this learner has left it on; asked each time, since they would wonder."""
    with transaction.atomic():
        return capture.chosen(user_id=user, course=course).feedback


def _problems(parent: Any) -> Iterator[Any]:
    """Keys of the problems that this learner gets here. A unit inside the unit is rendered, and filtered, by itself."""
    # Banks and experiments have more children than they show.
    children = parent.get_child_blocks() if hasattr(parent, "get_child_blocks") else parent.get_children()
    for child in children:
        kind = child.scope_ids.block_type
        if kind == "problem":
            if _may_be_told(child):
                yield child.scope_ids.usage_id
        elif kind != "vertical" and getattr(child, "has_children", False):
            yield from _problems(child)


def _may_be_told(problem: Any) -> bool:
    """Not where the course keeps right and wrong to itself: feedback would tell."""
    if hasattr(problem, "correctness_available"):
        return bool(problem.correctness_available())
    return getattr(problem, "show_correctness", "") in TOLD


def _is_exam(block: Any) -> bool:
    """Timed and proctored exams are taken without help."""
    while block is not None and block.scope_ids.block_type != "sequential":
        block = block.get_parent()
    return bool(getattr(block, "is_time_limited", False))


def _originals() -> Callable[[Any], str]:
    """Gives the problem that a library's copy was made from: answers to all its copies count as answers to it."""
    modulestore = inside.found(MODULESTORE, feature="feedback on copies out of libraries")
    if modulestore is None:
        return str
    store = modulestore()
    return lambda key: str(store.get_block_original_usage(key)[0] or key)


def may_be_told(*, problem: str) -> bool:
    """Whether right and wrong of a problem may be told to learners now, also where they ask the API by hand.

    Not in an exam, nor where the course keeps it to itself, until the date that holds for all. Of a library's problem
    nobody can tell in which unit it was answered.
    """
    if inside.project() != "lms":
        return True
    names = (MODULESTORE, "opaque_keys.edx.keys.UsageKey", "xmodule.graders.ShowCorrectness")
    modulestore, key, rule = (inside.found(name, feature="the API's silence on exams") for name in names)
    if not modulestore or not key or not rule:
        return True
    try:
        block = modulestore().get_item(key.from_string(problem))
    except Exception:  # no key, no such block: each store has an error of its own for it
        return True
    due = getattr(block, "close_date", None)
    shown = rule.correctness_available(show_correctness=getattr(block, "show_correctness", ""), due_date=due)
    return bool(shown) and not _is_exam(block)
