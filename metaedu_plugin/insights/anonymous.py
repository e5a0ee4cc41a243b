"""A few learners of a class without their names: to look at what they would be told, not at who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.statistics import LearnerStatistics

SAMPLE: Final = 8
"""Learners that a preview looks at, from those who answered least to those who answered most."""


@dataclass(frozen=True)
class Anonymous:
    """A learner as a number."""

    learner: str
    """Pseudonym; not for a page."""
    number: int
    answers: int
    code: str
    """Stands for the learner in addresses, and leads to nobody."""

    @property
    def title(self) -> str:
        """What they are called."""
        return ngettext(
            "Learner %(number)s, %(answers)s answer", "Learner %(number)s, %(answers)s answers", self.answers
        ) % {"number": self.number, "answers": self.answers}


def sample(room: Classroom) -> list[Anonymous]:
    """Some of a class, the same ones while the class is the same; all of a small one."""

    def chosen() -> list[Anonymous]:
        ordered = sorted(room.learners, key=lambda one: (one.answers, one.learner))
        last = len(ordered) - 1
        places = range(len(ordered)) if last < SAMPLE else [round(n * last / (SAMPLE - 1)) for n in range(SAMPLE)]
        return [_anonymous(room, ordered[place], number) for number, place in enumerate(places, start=1)]

    return room.once("anonymous", chosen)


def named(room: Classroom, code: str) -> Anonymous | None:
    """The one of a code; also one who was in a sample that another state of the class gave."""
    here = next((one for one in sample(room) if one.code == code), None)
    if here is not None or not code:
        return here
    codes = room.once("codes", lambda: {_code(room, one.learner): one for one in room.learners})
    return _anonymous(room, codes[code], 0) if code in codes else None


def _anonymous(room: Classroom, one: LearnerStatistics, number: int) -> Anonymous:
    return Anonymous(learner=one.learner, number=number, answers=one.answers, code=_code(room, one.learner))


def _code(room: Classroom, learner: str) -> str:
    return salted_hmac("metaedu.insights.anonymous", f"{room.course} {learner}").hexdigest()[:12]
