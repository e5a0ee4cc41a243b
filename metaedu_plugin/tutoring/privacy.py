"""What learners decide about themselves: whether they are shown suggestions, and whether their answers are taken in.

Two choices, each for one course or for all. Suggestions off: nothing is shown; answers go on being taken in, so
that the way back is a click and not a new start. Answers off as well: from then on nothing of the learner is
stored. What was stored before stays until an operator deletes it (`metaedu_forget`). Grades are the platform's, and
are not touched by either.
"""

from __future__ import annotations

from typing import Final, TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext

from metaedu_plugin.capture import api as capture

WAYS: Final = {
    "on": capture.Chosen(),
    "on_everywhere": capture.Chosen(everywhere=True),
    "off": capture.Chosen(feedback=False),
    "off_everywhere": capture.Chosen(feedback=False, everywhere=True),
    "answers_off": capture.Chosen(feedback=False, answers=False),
    "answers_off_everywhere": capture.Chosen(feedback=False, answers=False, everywhere=True),
}
"""What a form or an API may ask for, by name."""


class ChoiceAnswer(TypedDict):
    """What holds for a learner in a course, and in words."""

    feedback: bool
    answers: bool
    everywhere: bool
    sentence: str


def chosen(*, user: AbstractBaseUser | AnonymousUser, course: str) -> ChoiceAnswer:
    """What holds for the signed-in person in a course."""
    return _answer(capture.chosen(user_id=_id(user), course=course))


def choose(*, user: AbstractBaseUser | AnonymousUser, course: str, wanted: capture.Chosen) -> ChoiceAnswer:
    """Store what the signed-in person wants. Raises ValueError for feedback without answers."""
    return _answer(capture.choose(user_id=_id(user), course=course, wanted=wanted))


def _answer(held: capture.Chosen) -> ChoiceAnswer:
    return ChoiceAnswer(
        feedback=held.feedback, answers=held.answers, everywhere=held.everywhere, sentence=_sentence(held)
    )


def _sentence(held: capture.Chosen) -> str:
    if held.feedback:
        return gettext("You see suggestions. They are made from your own answers.")
    if held.everywhere:
        off = gettext("You switched suggestions off for yourself, in all courses.")
    else:
        off = gettext("You switched suggestions off for yourself in this course.")
    if held.answers:
        return off
    answers = gettext("Your answers are not taken in here either.")
    return f"{off} {answers}"


def _id(user: AbstractBaseUser | AnonymousUser) -> int:
    return int(user.pk or 0)
