"""A learner, for those who teach: where they stand, what they did lately, what they need."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.deeper import item_link
from metaedu_plugin.insights.pages.base import Aside
from metaedu_plugin.registry import api as registry

LATEST = 30
"""Answers shown."""


@dataclass(frozen=True)
class Answer:
    """One answer as it is shown."""

    title: str
    link: str
    correct: bool
    attempt: int
    hints: int
    seconds: float | None
    choice: str
    time: datetime | None


@dataclass(frozen=True)
class Suggestion:
    """What the tutor would suggest to the learner now."""

    kind: str
    item: str
    skill: str


class LearnerPage(Aside):
    """One learner of the course, by pseudonym."""

    template = "metaedu/insights/learner.html"

    def get(self, request: HttpRequest, course: str, learner: str) -> HttpResponse:
        """The page."""
        board = Board.of(course=course)
        one = next((each for each in board.room.learners if each.learner == learner), None)
        if one is None:
            raise Http404
        row = board.rows([one])[0]
        about = [
            (finding, member.why)
            for finding in board.findings
            for member in finding.who
            if member.learner == learner and finding.key not in board.decisions
        ]
        return self.show(
            request,
            board,
            row=row,
            since=None if math.isnan(one.since) else datetime.fromtimestamp(one.since, UTC),
            days=one.days,
            about=about,
            skills=list(zip(board.map_skills, row.cells, strict=False)),
            latest=latest_answers(board.room, learner),
            suggestion=suggested(board.room, learner),
            group=next(
                (n for n, group in enumerate(board.room.structure.groups, start=1) if learner in group.learners), None
            ),
        )


def latest_answers(room: Classroom, learner: str) -> list[Answer]:
    """The learner's latest answers, the latest first."""
    rows = deque(capture.responses(course=room.course, learner=learner), maxlen=LATEST)
    return [
        Answer(
            title=room.item_title(row.item),
            link=item_link(room.course, row.item) if row.item in room.item else "",
            correct=row.correct,
            attempt=row.attempt,
            hints=row.hints,
            seconds=row.seconds,
            choice=room.choice_title(row.item, row.choice) if row.choice else "",
            time=row.time,
        )
        for row in reversed(rows)
    ]


def suggested(room: Classroom, learner: str) -> Suggestion | None:
    """What the tutor would suggest now, whether or not the learner has asked; none where it has nothing."""
    if experiment.follows_order(course=room.course, learner=learner):
        return Suggestion(kind=experiment.ORDER, item="", skill="")
    told = registry.tutor().next(
        course=room.course,
        learner=learner,
        course_map=curriculum.course_map(course=room.course),
        now=time.time(),
        policy=curriculum.policy(course=room.course),
    )
    if told.action is None:
        return None
    action = told.action
    return Suggestion(
        kind=action.kind,
        item=room.item_title(action.item) if action.item else "",
        skill=room.skill_title(action.skill) if action.skill else "",
    )
