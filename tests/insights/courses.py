"""A course in the database, with a class that answered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.curriculum.models import Course, Item, Page, Skill
from metaedu_plugin.insights.classroom import Classroom, look
from metaedu_plugin.insights.mastery import MasteryMap
from metaedu_plugin.insights.statistics import Answers
from serving.types import CourseMap, Mastery, Next, NextAction, Policy

COURSE = "course-v1:org+course+run"


def curriculum(*, items: int, skills: int = 2, course: str = COURSE) -> None:
    """`items` items, tagged in turn with `skills` skills."""
    row = Course.objects.create(key=course, title="Algebra & more")
    made = [Skill.objects.create(course=row, key=f"skill{n}", title=f"Skill <{n}>", position=n) for n in range(skills)]
    for n in range(items):
        url = f"/problem/{n}" if n % 2 else ""
        item = Item.objects.create(course=row, key=f"item{n:03d}", title=f"Item {n}", position=n, url=url)
        if made:
            item.skills.add(made[n % len(made)])
    if made:
        Page.objects.create(course=row, title="Read me", url="/page").skills.add(made[0])


def capture(answers: Answers, *, course: str = COURSE) -> None:
    """Rows of the answers, as capture stores them."""
    pseudonyms = {name: hashlib.md5(name.encode()).hexdigest() for name in answers.learners}
    Learner.objects.bulk_create([Learner(pseudonym=each) for each in pseudonyms.values()], ignore_conflicts=True)
    known = {one.pseudonym: one for one in Learner.objects.filter(pseudonym__in=pseudonyms.values())}
    learners = {name: known[each] for name, each in pseudonyms.items()}
    rows = [
        Response(
            key=f"{course[-4:]}{n}",
            learner=learners[answers.learners[answers.learner[n]]],
            course=course,
            problem=answers.items[answers.item[n]],
            item=answers.items[answers.item[n]],
            correct=bool(answers.correct[n]),
            score=float(answers.correct[n]),
            attempt=int(answers.attempt[n]),
            time=None if np.isnan(answers.time[n]) else datetime.fromtimestamp(answers.time[n], UTC),
        )
        for n in range(len(answers))
    ]
    Response.objects.bulk_create(rows, batch_size=1000)


class OneByOne:
    """Tells of a class what it tells of each."""

    def mastery_many(
        self, *, course: str, learners: Sequence[str], skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[list[Mastery]]:
        return [
            self.mastery(course=course, learner=learner, skills=skills, now=now, policy=policy) for learner in learners
        ]

    def next(
        self, *, course: str, learner: str, course_map: CourseMap, now: float, policy: Policy | None = None
    ) -> Next:
        """The first item that the course offers."""
        first = course_map.candidates[0]
        action = NextAction(kind="practise", reason="practise", item=first.item, skill=first.skills[0])
        return Next(action=action, reason="practise", model="")


class Silent(OneByOne):
    """A tutor who has seen nothing yet."""

    def mastery(
        self, *, course: str, learner: str, skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[Mastery]:
        return [Mastery(skill=skill, mean=0.5, low=0.1, high=0.9, responses=0) for skill in skills]


class Counting(OneByOne):
    """A tutor whose mastery is the share right of what is stored, with a Beta(1, 1) prior."""

    def mastery(
        self, *, course: str, learner: str, skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[Mastery]:
        rows = Response.objects.filter(course=course, learner__pseudonym=learner)
        seen: dict[str, list[bool]] = {skill: [] for skill in skills}
        tags = teaching.skills_of(course=course, items=rows.values_list("item", flat=True).distinct())
        for item, correct in rows.values_list("item", "correct"):
            for skill in tags[item]:
                seen[skill].append(correct)
        return [self._of(skill, outcomes, policy or Policy()) for skill, outcomes in seen.items()]

    @staticmethod
    def _of(skill: str, outcomes: list[bool], policy: Policy) -> Mastery:
        n, right = len(outcomes), sum(outcomes)
        mean = (right + 1) / (n + 2)
        half = 1.2816 * (mean * (1 - mean) / (n + 3)) ** 0.5
        low, high = max(mean - half, 0), min(mean + half, 1)
        status = "unknown" if not n else "mastered" if mean >= policy.mastered else "learning"
        return Mastery(
            skill=skill,
            mean=mean,
            low=low,
            high=high,
            responses=n,
            correct=right,
            status=status,
        )


def room_of(answers: Answers) -> Classroom:
    return look(course=COURSE, answers=answers, tutor=Silent())


def mastery(rows: dict[str, Sequence[float]], *, skills: Sequence[str], responses: int = 10) -> MasteryMap:
    """A map of these means, each with a range of ten points to either side."""
    return MasteryMap(
        skills=tuple(skills),
        rows={
            who: tuple(
                Mastery(
                    skill=skill,
                    mean=mean,
                    low=max(mean - 0.1, 0),
                    high=min(mean + 0.1, 1),
                    responses=responses,
                    status="mastered" if mean >= 0.85 else "learning",
                )
                for skill, mean in zip(skills, means, strict=True)
            )
            for who, means in rows.items()
        },
    )
