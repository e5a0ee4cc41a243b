from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from bench.experiment_courses import Played
from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.experiment.models import Experiment

COURSE = "course-v1:Owl+EXP+2026"
BEGUN = datetime(2026, 9, 1, tzinfo=UTC)


def teaches(user: Any, course: str) -> bool:
    """The tests' platform: a teacher's user name is the course key."""
    return user.get_username() == course


@pytest.fixture
def teacher(db: None, settings: Any) -> Any:
    settings.METAEDU_COURSE_STAFF = "tests.experiment.conftest.teaches"
    return get_user_model().objects.create_user(COURSE, password="x")


@pytest.fixture
def begun(db: None) -> Callable[..., experiment.ExperimentInfo]:
    """An experiment that began on `BEGUN`."""

    def made(**given: Any) -> experiment.ExperimentInfo:
        one = experiment.begin(course=COURSE, by=COURSE, **{"share": 0.5, "smallest": 0.05, **given})
        Experiment.objects.filter(pk=one.id).update(begun=BEGUN)
        return experiment.latest(course=COURSE)

    return made


def event(*, user: int, item: str, correct: bool, time: datetime, attempt: int = 1) -> dict[str, Any]:
    """`problem_check` of a problem with one part, as the platform emits it."""
    problem = f"block-v1:Owl+EXP+2026+type@problem+block@{item}"
    part = f"{item}_2_1"
    said = "correct" if correct else "incorrect"
    return {
        "name": "problem_check",
        "timestamp": time,
        "data": {
            "problem_id": problem,
            "attempts": attempt,
            "success": said,
            "grade": int(correct),
            "max_grade": 1,
            "answers": {part: "choice_0"},
            "correct_map": {
                part: {
                    "correctness": said,
                    "npoints": None,
                    "msg": "",
                    "hint": "",
                    "hintmode": None,
                    "queuestate": None,
                }
            },
            "submission": {
                part: {"response_type": "multiplechoiceresponse", "input_type": "choicegroup", "correct": correct}
            },
        },
        "context": {
            "course_id": COURSE,
            "user_id": user,
            "username": "somebody",
            "module": {"usage_key": problem, "display_name": item},
            "event_source": "server",
        },
    }


def users(played: Played, one: experiment.ExperimentInfo) -> list[int]:
    """Platform ids whose pseudonyms the experiment puts into the simulated learners' groups."""
    found: list[int] = []
    user = 0
    for in_order in played.in_order:
        while True:
            user += 1
            group = one.group(capture.learner_for(user_id=user))
            if (group == experiment.ORDER) == in_order:
                break
        found.append(user)
    return found


def take_in(played: Played, one: experiment.ExperimentInfo, *, until: int) -> None:
    """The simulated answers up to a day as events of the platform, through capture's one way to rows."""
    who = users(played, one)
    events = [
        event(
            user=who[played.learner[n]],
            item=f"item{played.item[n]}",
            correct=bool(played.correct[n]),
            time=BEGUN + timedelta(days=float(played.day[n]) + 0.25, seconds=n),
        )
        for n in range(len(played.item))
        if played.day[n] <= until
    ]
    for start in range(0, len(events), 500):
        counts = capture.ingest(events=events[start : start + 500], source="test")
        assert (counts.dead, counts.ignored) == (0, 0)
