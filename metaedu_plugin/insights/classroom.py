"""Everything that is known of a class at one moment: what findings, tables and pictures are made of."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.api import ItemInfo, PageInfo, SkillInfo
from metaedu_plugin.insights.chosen import in_words
from metaedu_plugin.insights.mastery import MasteryMap, mastery_map
from metaedu_plugin.insights.statistics import (
    Answers,
    ItemStatistics,
    LearnerStatistics,
    Opportunities,
    SkillStatistics,
    item_statistics,
    learner_statistics,
    opportunities,
    skill_statistics,
)
from metaedu_plugin.insights.statistics.learners import DAY
from metaedu_plugin.insights.thresholds import RECENT_DAYS
from serving.tutor import Tutor


@dataclass(frozen=True)
class Classroom:
    """A class: its course, its statistics and its mastery."""

    course: str
    title: str
    responses: int
    latest: float
    """Epoch seconds of the latest response; NaN unknown."""
    items: list[ItemStatistics]
    """In course order."""
    skills: list[SkillStatistics]
    learners: list[LearnerStatistics]
    item_infos: dict[str, ItemInfo]
    skill_infos: dict[str, SkillInfo]
    pages: list[PageInfo]
    mastery: MasteryMap
    current: dict[str, tuple[str, ...]]
    """Skills that each learner met this week."""
    met_items: dict[str, Counter[str]]
    """Items of each skill that each learner answered: skill to learner to number."""

    @cached_property
    def item(self) -> dict[str, ItemStatistics]:
        """Item statistics by key."""
        return {one.key: one for one in self.items}

    def item_title(self, key: str) -> str:
        """The item's title, or its key where the curriculum knows none."""
        info = self.item_infos.get(key)
        return info.title if info and info.title else key

    def choice_title(self, item: str, choice: str) -> str:
        """What was chosen, in words."""
        info = self.item_infos.get(item)
        return in_words(choice, info.options if info else {})

    def skill_title(self, key: str) -> str:
        """The skill's title, or its key."""
        info = self.skill_infos.get(key)
        return info.title if info and info.title else key

    def skills_of(self, item: str) -> tuple[str, ...]:
        """Skills of an item; none where the curriculum does not know it."""
        info = self.item_infos.get(item)
        return info.skills if info else ()

    def is_recent(self, time: float) -> bool:
        """Whether a moment is within the week before the class's latest answer; unknown moments count as recent."""
        return math.isnan(time) or math.isnan(self.latest) or time >= self.latest - RECENT_DAYS * DAY


def look(*, course: str, answers: Answers, tutor: Tutor) -> Classroom:
    """Compute a class from its answers; `tutor` knows its mastery."""
    info = curriculum.course(key=course)
    authored = curriculum.items(course=course)
    answered = curriculum.items(course=course, keys=answers.items)
    skill_infos = curriculum.skills(course=course)
    skills = list(skill_infos)
    met = opportunities(answers, skills=skills, item_skills={key: one.skills for key, one in answered.items()})
    order = {key: place for place, key in enumerate(authored)}
    learners = learner_statistics(answers)
    current, met_items = _by_learner(answers, met, skills)
    return Classroom(
        course=course,
        title=info.title if info else course,
        responses=len(answers),
        latest=answers.latest,
        items=sorted(item_statistics(answers), key=lambda one: _place(one.key, answered, order)),
        skills=skill_statistics(met, skills=skills, items_of_skill=_items_of_skill(authored, answered)),
        learners=learners,
        item_infos=answered,
        skill_infos=skill_infos,
        pages=curriculum.pages(course=course),
        mastery=mastery_map(tutor, course=course, learners=learners, skills=skills, now=answers.latest),
        current=current,
        met_items=met_items,
    )


def _place(key: str, answered: dict[str, ItemInfo], order: dict[str, int]) -> tuple[int, int, str]:
    info = answered.get(key)
    return (info.position if info else len(order) + 1, order.get(key, len(order)), key)


def _items_of_skill(authored: dict[str, ItemInfo], answered: dict[str, ItemInfo]) -> dict[str, int]:
    """Items of each skill: as authored, or as answered where a problem turned out to have more parts."""
    written = Counter(skill for one in authored.values() for skill in one.skills)
    seen = Counter(skill for one in answered.values() for skill in one.skills)
    return dict(written | seen)


def _by_learner(
    answers: Answers, met: Opportunities, skills: list[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Counter[str]]]:
    since = answers.latest - RECENT_DAYS * DAY
    recent = np.isnan(met.time) | ~(met.time < since)
    width = max(len(skills), 1)
    current: dict[str, list[str]] = {}
    for code in np.unique(met.learner[recent] * width + met.skill[recent]).tolist():
        current.setdefault(answers.learners[code // width], []).append(skills[code % width])
    items: dict[str, Counter[str]] = {skill: Counter() for skill in skills}
    for code, count in zip(*np.unique(met.learner * width + met.skill, return_counts=True), strict=True):
        items[skills[int(code) % width]][answers.learners[int(code) // width]] = int(count)
    return {learner: tuple(found) for learner, found in current.items()}, items
