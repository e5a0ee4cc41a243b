"""Everything that is known of a class at one moment: what findings, tables and pictures are made of."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from django.utils.translation import get_language

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.api import ItemInfo, PageInfo, SkillInfo
from metaedu_plugin.insights import runs
from metaedu_plugin.insights.chosen import in_words
from metaedu_plugin.insights.mastery import MasteryMap, mastery_map, mean_of
from metaedu_plugin.insights.runs import Compared
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
from metaedu_plugin.insights.statistics.structure import Structure, structure
from metaedu_plugin.insights.thresholds import FEW_ITEMS, RECENT_DAYS
from serving.tutor import Tutor
from serving.types import Policy

T = TypeVar("T")


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
    """Items that each learner answered, of each skill that has few: skill to learner to number."""
    structure: Structure = field(default_factory=Structure)
    runs: Compared = field(default_factory=Compared)
    """Beside the earlier runs of the course that have been read."""
    faulty: frozenset[str] = frozenset()
    """Items marked as faulty by those who teach: they count for no skill, and no finding is about them."""
    policy: Policy = field(default_factory=Policy)
    """How the course has it set: what counts as mastered."""
    made: float = field(default_factory=time.time)
    """Epoch seconds at which it was computed."""
    told: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False)
    """What was made of it, by what it is and by language: worked out once, whoever asks how often."""

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, made once for each language."""
        key = (name, get_language() or "")
        if key not in self.told:
            self.told[key] = make()
        made: T = self.told[key]
        return made

    @cached_property
    def item(self) -> dict[str, ItemStatistics]:
        """Item statistics by key."""
        return {one.key: one for one in self.items}

    @cached_property
    def mean_mastery(self) -> dict[str, float]:
        """Mean mastery of the learners in the map with evidence on any skill, by pseudonym."""
        means = ((learner, mean_of(row)) for learner, row in self.mastery.rows.items())
        return {learner: mean for learner, mean in means if mean is not None}

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
    faulty = curriculum.faulty_items(course=course)
    policy = curriculum.policy(course=course)
    item_skills = {key: one.skills for key, one in answered.items() if key not in faulty}
    met = opportunities(answers, skills=skills, item_skills=item_skills)
    order = {key: place for place, key in enumerate(authored)}
    learners = learner_statistics(answers)
    skill_figures = skill_statistics(met, skills=skills, items_of_skill=_items_of_skill(authored, answered))
    return Classroom(
        course=course,
        title=info.title if info else course,
        responses=len(answers),
        latest=answers.latest,
        items=sorted(item_statistics(answers), key=lambda one: _place(one.key, answered, order)),
        skills=skill_figures,
        learners=learners,
        item_infos=answered,
        skill_infos=skill_infos,
        pages=curriculum.pages(course=course),
        mastery=mastery_map(tutor, course=course, learners=learners, skills=skills, now=answers.latest, policy=policy),
        structure=structure(
            answers,
            learners=learners,
            skills=skills,
            item_skills=item_skills,
            prerequisites={key: one.prerequisites for key, one in skill_infos.items()},
            units={key for key, one in skill_infos.items() if one.is_unit},
            faulty=faulty,
        ),
        runs=runs.compare(course=course, answers=answers),
        faulty=faulty,
        policy=policy,
        current=_current(answers, met, skills),
        met_items=_met_items(answers, met, skill_figures),
    )


def _place(key: str, answered: dict[str, ItemInfo], order: dict[str, int]) -> tuple[int, int, str]:
    info = answered.get(key)
    return (info.position if info else len(order) + 1, order.get(key, len(order)), key)


def _items_of_skill(authored: dict[str, ItemInfo], answered: dict[str, ItemInfo]) -> dict[str, int]:
    """Items of each skill: as authored, or as answered where a problem turned out to have more parts."""
    written = Counter(skill for one in authored.values() for skill in one.skills)
    seen = Counter(skill for one in answered.values() for skill in one.skills)
    return dict(written | seen)


def _current(answers: Answers, met: Opportunities, skills: list[str]) -> dict[str, tuple[str, ...]]:
    """Skills that each learner met in the week before the class's latest answer."""
    since = answers.latest - RECENT_DAYS * DAY
    recent = np.isnan(met.time) | ~(met.time < since)
    width = max(len(skills), 1)
    current: dict[str, list[str]] = {}
    for code in np.unique(met.learner[recent] * width + met.skill[recent]).tolist():
        current.setdefault(answers.learners[code // width], []).append(skills[code % width])
    return {learner: tuple(found) for learner, found in current.items()}


def _met_items(answers: Answers, met: Opportunities, skills: list[SkillStatistics]) -> dict[str, Counter[str]]:
    """Who answered how many items of each skill that has few: of all skills it would be most of a class's memory."""
    items: dict[str, Counter[str]] = {}
    for place, skill in enumerate(skills):
        if 0 < skill.items < FEW_ITEMS:
            count = np.bincount(met.learner[met.skill == place], minlength=len(answers.learners))
            items[skill.key] = Counter({answers.learners[n]: int(count[n]) for n in np.flatnonzero(count)})
    return items
