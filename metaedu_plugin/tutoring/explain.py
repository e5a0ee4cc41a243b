"""Why the model expects what it expects of a learner on an item, in words."""

from __future__ import annotations

import time
from typing import TypedDict

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import sentences
from metaedu_plugin.tutoring.catalogue import Catalogue
from metaedu_plugin.tutoring.evidence import sentence_of
from metaedu_plugin.tutoring.standing import Range, range_of, text_of
from serving.types import Candidate, CourseMap, Evidence


class UnknownItem(LookupError):
    """The course has no such item."""


class Reason(TypedDict):
    """One thing that the model used."""

    code: str
    value: float
    effect: float
    sentence: str


class ExplainAnswer(TypedDict):
    """What the model expects of the learner on an item, and what of it made it expect that."""

    item: str
    title: str
    range: Range
    text: str
    evidence: list[Reason]
    model: str
    source: str
    source_note: str


def explain(*, course: str, learner: str, item: str) -> ExplainAnswer:
    """What the model used, the strongest first. Raises UnknownItem."""
    catalogue = Catalogue(course, [item])
    known = curriculum.items(course=course, keys=[item]).get(item)
    if known is None:
        raise UnknownItem(item)
    candidate = Candidate(item=item, skills=known.skills, minutes=known.minutes)
    tutor, now = registry.tutor(), time.time()
    (expected,) = tutor.predict(course=course, learner=learner, candidates=[candidate], now=now)
    used = tutor.explain(course=course, learner=learner, candidate=candidate, now=now)
    asked = tutor.next(course=course, learner=learner, course_map=CourseMap(), now=now)
    band = range_of(mean=expected.probability, low=expected.low, high=expected.high)
    return ExplainAnswer(
        item=item,
        title=catalogue.title(item),
        range=band,
        text=text_of(band),
        evidence=[_reason(each) for each in used],
        model=asked.model,
        source=asked.source,
        source_note=sentences.source(asked.source),
    )


def _reason(each: Evidence) -> Reason:
    return Reason(code=each.code, value=each.value, effect=each.effect, sentence=sentence_of(each))
