"""Who may be told what: switches, courses, and the learner behind a request."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum


class UnknownCourse(LookupError):
    """No such course."""


class SwitchedOff(Exception):
    """Feedback is off, for this course or for all."""


class OptedOut(Exception):
    """The learner switched feedback off for themselves."""


def open_course(*, key: str, user: AbstractBaseUser | AnonymousUser | None = None) -> curriculum.CourseInfo:
    """The course, when its learners are to see feedback; with `user`, when that learner is.

    Raises UnknownCourse, SwitchedOff while the course or the whole of feedback is not enabled, or OptedOut.
    """
    course = curriculum.course(key=key)
    if course is None:
        raise UnknownCourse(key)
    if not course.enabled or not capture.is_on(name="feedback"):
        raise SwitchedOff(key)
    if user is not None and not capture.chosen(user_id=int(user.pk or 0), course=key).feedback:
        raise OptedOut(key)
    return course


def learner_of(*, user: AbstractBaseUser | AnonymousUser) -> str:
    """The pseudonym of the signed-in person: the one learner that a request can ask about."""
    return capture.learner_for(user_id=int(user.pk or 0))
