"""What learners said “not now” to: it is not offered again for a while."""

from __future__ import annotations

import datetime
import time
from collections import OrderedDict
from typing import Final

import msgspec
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring.models import DismissedAction
from metaedu_plugin.tutoring.offers import Offer
from metaedu_plugin.tutoring.policies import policy_for
from serving.types import CourseMap, Next, NextAction

REST: Final = datetime.timedelta(days=7)
"""How long a dismissed action is left alone."""
READ: Final = "read"
KEPT_MAPS: Final = 256

Subject = tuple[bool, str]
"""Whether it is reading, and about what: the skill to read about, else the problem."""

_kept: OrderedDict[tuple[str, frozenset[Subject]], tuple[CourseMap, CourseMap]] = OrderedDict()


def dismiss(offer: Offer, *, course: str, learner: str) -> None:
    """Leave the offer's problem, or the reading on its skill, alone from now on."""
    reading, subject = subject_of(offer)
    DismissedAction.objects.update_or_create(
        learner_id=learner,
        course=course,
        reading=reading,
        subject=subject,
        defaults={"reason": offer.reason, "until": timezone.now() + REST},
    )


def course_map(*, course: str, learner: str) -> CourseMap:
    """The course's map without what the learner dismissed; the very map of the course where that is nothing."""
    whole = curriculum.course_map(course=course)
    gone = _gone(course=course, learner=learner)
    if not gone:
        return whole
    kept = _kept.get((course, gone))
    # The engine keeps what it worked out of a map: the same map again costs it nothing.
    if kept is None or kept[0] is not whole:
        kept = _kept[course, gone] = (whole, _without(whole, gone))
        while len(_kept) > KEPT_MAPS:
            _kept.popitem(last=False)
    return kept[1]


def left_for(whole: CourseMap, *, course: str, learner: str) -> CourseMap:
    """Any map of the course without what the learner dismissed."""
    gone = _gone(course=course, learner=learner)
    return _without(whole, gone) if gone else whole


def instead(following: Next, *, course: str, learner: str) -> Next:
    """The same, or what is worth doing now where the learner has dismissed it since."""
    if following.action is None or subject_of(following.action) not in _gone(course=course, learner=learner):
        return following
    now = time.time()
    return registry.tutor().next(
        course=course,
        learner=learner,
        course_map=course_map(course=course, learner=learner),
        now=now,
        policy=policy_for(course=course, learner=learner, now=now),
    )


def subject_of(action: NextAction | Offer) -> Subject:
    """What of an action is dismissed with it: all parts of a problem go together, whatever they were offered for."""
    if action.kind == READ:
        return True, action.skill or ""
    return False, capture.problem_of(action.item or action.skill or "")


def _gone(*, course: str, learner: str) -> frozenset[Subject]:
    rows = DismissedAction.objects.filter(learner_id=learner, course=course, until__gt=timezone.now())
    return frozenset(rows.values_list("reading", "subject"))


def _without(whole: CourseMap, gone: frozenset[Subject]) -> CourseMap:
    return msgspec.structs.replace(
        whole,
        candidates=tuple(each for each in whole.candidates if (False, capture.problem_of(each.item)) not in gone),
        readable=tuple(skill for skill in whole.readable if (True, skill) not in gone),
    )
