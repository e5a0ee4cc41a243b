"""What a learner deletes of themselves, on their own.

What was worked out of them and what was shown goes. The answers are the course's, as its grades are, unless the
operator lets learners delete them too (METAEDU_LEARNERS_DELETE_ANSWERS). Either way nothing more is taken in from then
on: it would be worked out again with the next answer.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import marks
from metaedu_plugin.tutoring.privacy import WAYS
from metaedu_plugin.tutoring.privacy_export import models_of_learners


def answers_too() -> bool:
    """Whether the operator lets learners delete their answers."""
    # .. setting_name: METAEDU_LEARNERS_DELETE_ANSWERS
    # .. setting_default: False
    # .. setting_description: Whether learners may delete their answers, too, on their own page: all that is kept of
    #   them in all courses. Otherwise they delete what was worked out and shown, and answers stay the course's.
    return bool(getattr(settings, "METAEDU_LEARNERS_DELETE_ANSWERS", False))


def erase(*, user: AbstractBaseUser | AnonymousUser, course: str) -> None:
    """Delete what was worked out and shown in a course, and leave the learner's answers there alone from now on.

    All of it or nothing: raises what the store of learner states raises while it is away.
    """
    user_id = int(user.pk or 0)
    capture.drain()
    with transaction.atomic():
        capture.choose(user_id=user_id, course=course, wanted=WAYS["answers_off"])
        learner = capture.learner_for(user_id=user_id)
        for _, model in models_of_learners():
            model._default_manager.filter(learner__pseudonym=learner, course=course).delete()
        # Last: what lies outside of the database cannot be taken back.
        registry.tutor().forget(learner=learner, course=course)
    marks.drop(learner=learner)


def erase_all(*, user: AbstractBaseUser | AnonymousUser) -> None:
    """Delete all that is kept of the person in all courses, answers too, and leave them alone from now on.

    Raises PermissionError where the operator does not allow it, else as `erase`.
    """
    if not answers_too():
        raise PermissionError("METAEDU_LEARNERS_DELETE_ANSWERS is off: answers are the course's here")
    user_id = int(user.pk or 0)
    with transaction.atomic():
        capture.forget(user_id=user_id, username=user.get_username())
        capture.choose(user_id=user_id, course="", wanted=WAYS["answers_off_everywhere"])
