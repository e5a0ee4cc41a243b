"""What is kept of one learner, in words and figures that fit on a page."""

from __future__ import annotations

from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import course_order, guidance, states
from metaedu_plugin.tutoring.explain import ExplainAnswer, explain
from metaedu_plugin.tutoring.models import DismissedAction, LatestFeedback, ReachedSkill, Suggestion


class Kept(TypedDict):
    """One kind of thing that is kept."""

    what: str
    here: int
    elsewhere: int


class Why(TypedDict):
    """What is suggested now, and what that was made of."""

    suggested: str
    reason: str
    explained: ExplainAnswer | None
    model: str


def kept(*, user: AbstractBaseUser | AnonymousUser, course: str) -> list[Kept]:
    """How much there is of each kind, in this course and in the others. Makes nothing of who is not known."""
    found = capture.kept(user_id=int(user.pk or 0))
    named = {"learner__pseudonym": found["learner"]}
    shown = list(LatestFeedback.objects.filter(**named).values_list("course", flat=True))
    suggested = list(Suggestion.objects.filter(**named).values_list("course", flat=True))
    not_now = list(DismissedAction.objects.filter(**named).values_list("course", flat=True))
    reached = list(ReachedSkill.objects.filter(**named).values_list("course", flat=True))
    counted = [
        (
            gettext("Answers: to which question, right or wrong, and when"),
            [row["course"] for row in found["responses"]],
        ),
        (gettext("Hints taken and pages completed"), [row["course"] for row in found["activities"]]),
        (gettext("What was last said about a question"), shown),
        (gettext("Suggestions you were shown, and what you did with them"), suggested),
        (gettext("Suggestions you said “not now” to"), not_now),
        (gettext("Skills you have got the hang of, and since when"), reached),
    ]
    return [
        Kept(what=what, here=courses.count(course), elsewhere=len(courses) - courses.count(course))
        for what, courses in counted
    ]


def why(*, course: str, learner: str) -> Why:
    """What is suggested now, and why."""
    states.ensure(course=course, learner=learner)
    following = guidance.next_action(course=course, learner=learner)
    action = following["action"]
    item = action["item"] if action and following["source"] != course_order.SOURCE else None
    title = (action["link"]["title"] if action["link"] else action["skill_title"]) if action else ""
    return Why(
        suggested=title,
        reason=following["sentence"],
        explained=explain(course=course, learner=learner, item=item) if item else None,
        model=following["model"],
    )
