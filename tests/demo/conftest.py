from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from deploy.demo import content, events
from deploy.demo.content import Course, Problem
from deploy.demo.setup import setup


@pytest.fixture(autouse=True)
def no_background_drain(settings: Any) -> None:
    settings.METAEDU_DRAIN_SECONDS = 0


@pytest.fixture(scope="session")
def course() -> Course:
    return content.course()


@pytest.fixture
def demo(db: Any) -> Course:
    return setup()


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """What the platform emits, instead of letting it go to the spool."""
    found: list[events.Event] = []
    monkeypatch.setattr(events, "emit", found.append)
    return found


@pytest.fixture
def signed_in(client: Any, demo: Course) -> Any:
    client.force_login(get_user_model().objects.get(username="learner"))
    return client


def find(course: Course, problem: str) -> Problem:
    pair = course.find(problem)
    assert pair is not None
    return pair[1]


def form(problem: Problem, *answers: Any) -> dict[str, list[str]]:
    """Answers as the form sends them: texts for numbers, options by their text."""
    sent = {}
    for (name, part), answer in zip(problem.inputs(), answers, strict=True):
        chosen = answer if isinstance(answer, list) else [answer]
        sent[name] = [f"choice_{part.options.index(each)}" for each in chosen] if part.options else chosen
    return sent


def key(problem: Problem) -> dict[str, list[str]]:
    """The answers of the key."""
    return form(problem, *(list(part.answer) if part.options else part.answer[0] for part in problem.part))
