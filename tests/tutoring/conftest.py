"""The real stack: events in, the shipped model as tutor, a small course, learners who are signed in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import spool
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import gateway
from metaedu_plugin.tutoring import marks
from tests.tutoring.events import COURSE, problem

SKILLS = """skill,title,prerequisites
equal,Equal fractions,
add,Adding fractions,equal
"""
PAGES = """url,title,skills,minutes
/courses/read-add,How to add fractions,add,4
/courses/read-equal,Fractions that are equal,equal,3
"""


@pytest.fixture(autouse=True)
def stack(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Real commits, and a data folder and a tutor of this test's own."""
    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_DRAIN_SECONDS = 0
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    spool.writer.reset()
    gateway.reset()
    marks.clear()
    yield
    spool.writer.reset()
    gateway.reset()
    marks.clear()


@pytest.fixture
def course() -> str:
    """Two skills, three problems each, something to read about either."""
    items = "".join(
        f"{problem(f'{skill}{number}')},{title} {number},{skill},/jump/{skill}{number},3\n"
        for skill, title in (("equal", "Equal fractions"), ("add", "Adding fractions"))
        for number in (1, 2, 3)
    )
    curriculum.save_course(key=COURSE, title="Fractions from scratch", url="/courses/fractions/")
    curriculum.import_csv(
        course=COURSE,
        skills=io.StringIO(SKILLS),
        items=io.StringIO("item,title,skills,url,minutes\n" + items),
        pages=io.StringIO(PAGES),
    )
    curriculum.set_enabled(course=COURSE, enabled=True)
    return COURSE


@pytest.fixture
def ana() -> User:
    """A learner."""
    return User.objects.create_user("ana", password="x")


@pytest.fixture
def ben() -> User:
    """Another learner of the same course."""
    return User.objects.create_user("ben", password="x")


Ask = Callable[..., Any]


@pytest.fixture
def ask(course: str) -> Ask:
    """`ask(user, "next", **query)`: the REST API's answer to a signed-in user, as the browser gets it."""

    def asked(user: User | None, what: str, /, of: str = course, **query: Any) -> Any:
        client = Client()
        if user:
            client.force_login(user)
        return client.get(f"/metaedu/api/v1/courses/{of}/{what}", query)

    return asked
