"""Who is never trained on: a fixed share of the learners, and whole courses by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from django.conf import settings

from metaedu_plugin.training.data import CourseData

HELD_OUT = 0.2
"""Share of the learners that no version is ever trained on."""
VALIDATION = 0.15
"""Share of the *training* learners that adjustment measures itself on."""


def held_out(learner: str) -> bool:
    """Whether the learner is never trained on. Says the same for ever, in every course and for every version.

    The key is a constant of the installation (`METAEDU_SPLIT_KEY`), not the secret of the pseudonyms: a secret may be
    rotated, and learners would then cross over to the side where an older version was trained on them.
    """
    return _position(learner, "held-out") < HELD_OUT


def for_validation(learner: str) -> bool:
    """Whether a training learner is set aside while options are compared; independent of `held_out`."""
    return _position(learner, "validation") < VALIDATION


def _position(learner: str, purpose: str) -> float:
    # .. setting_name: METAEDU_SPLIT_KEY
    # .. setting_default: metaedu
    # .. setting_description: Decides which learners are held out of every training. Changing it makes figures
    #   before and after incomparable.
    key = str(getattr(settings, "METAEDU_SPLIT_KEY", "metaedu")).encode()[:64]
    digest = hashlib.blake2b(f"{purpose}:{learner}".encode(), digest_size=8, key=key).digest()
    return int.from_bytes(digest) / 2**64


def by_learner(course: CourseData) -> tuple[CourseData, CourseData]:
    """The course as (training learners, held-out learners)."""
    return _part(course, held_out)


def for_adjustment(course: CourseData) -> tuple[CourseData, CourseData]:
    """The training learners of a course as (fitted on, measured on). Give it training learners only."""
    return _part(course, for_validation)


def by_course(courses: Iterable[CourseData], unseen: Collection[str]) -> tuple[list[CourseData], list[CourseData]]:
    """(courses to train on, courses that training never sees)."""
    kept: list[CourseData] = []
    left_out: list[CourseData] = []
    for course in courses:
        (left_out if course.key in unseen else kept).append(course)
    return kept, left_out


def _part(course: CourseData, other_side: Callable[[str], bool]) -> tuple[CourseData, CourseData]:
    sides = [other_side(s.learner) for s in course.sequences]
    return (
        replace(course, sequences=[s for s, other in zip(course.sequences, sides, strict=True) if not other]),
        replace(course, sequences=[s for s, other in zip(course.sequences, sides, strict=True) if other]),
    )
