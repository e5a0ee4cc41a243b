"""What else a learner meets: “practice next”, the own switch, apps; and what the platform's log hears of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache

from metaedu_plugin.capture import api as capture


@pytest.fixture
def tracking_log() -> Iterator[list[dict[str, Any]]]:
    """The events that the platform writes to its tracking log."""
    told: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(json.loads(record.getMessage()))

    logger, handler = logging.getLogger("tracking"), Keep()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield told
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def real_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform's test settings have a cache that forgets at once."""
    from metaedu_plugin import tracking

    monkeypatch.setattr(tracking, "cache", LocMemCache("metaedu-lms-tests", {}))


def test_the_block_practice_next(course: Any, learner: Any) -> None:
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred), store.bulk_operations(course.key):
        block = store.create_child(author, course.unit, "metaedu_practice", block_id="practice")
        store.publish(course.unit, author)

    page = learner.client.get(f"/xblock/{course.unit}").content.decode()

    assert f'data-usage-id="{block.location}"' in page
    assert "MetaeduPractice" in page
    learner.answer(course.problems["capital"], part_2_1="choice_0")
    suggested = learner.ask(course, "next").json()
    assert suggested["action"] or suggested["reason"]


def test_answers_that_the_learner_keeps_to_themselves(course: Any, learner: Any) -> None:
    learner.answer(course.problems["capital"], part_2_1="choice_0")
    capture.drain()
    switched = learner.client.post(f"/metaedu/learn/{course}/choice", {"way": "answers_off"})
    assert switched.status_code == 302

    assert learner.answer(course.problems["capital"], part_2_1="choice_1") == "correct"
    capture.drain()

    pseudonym = capture.learner_for(user_id=learner.user.pk)
    assert len(list(capture.responses(course=str(course), learner=pseudonym))) == 1
    assert 'class="me-feedback"' not in learner.client.get(f"/xblock/{course.unit}").content.decode()


def test_the_platforms_log_hears_once_of_feedback(
    course: Any, learner: Any, tracking_log: list[dict[str, Any]], real_cache: None
) -> None:
    problem = course.problems["capital"]
    learner.answer(problem, part_2_1="choice_0")
    for _ in range(2):
        assert learner.ask(course, "feedback", problem=str(problem)).json()["status"] == "ready"

    (shown,) = [event for event in tracking_log if event["name"] == "metaedu.feedback.shown"]
    assert shown["context"]["course_id"] == str(course)
    assert shown["context"]["org_id"] == "metaedu"
    assert shown["context"]["user_id"] == learner.user.pk
    assert shown["event"]["item"] == str(problem)
    assert shown["event"]["correct"] is False
    assert [event["event_source"] for event in tracking_log if event["name"] == "problem_check"] == ["server"]


def test_a_page_that_asks_with_the_mobile_apps_token(course: Any, learner: Any) -> None:
    from django.test import Client
    from openedx.core.djangoapps.oauth_dispatch.jwt import create_jwt_for_user

    token = create_jwt_for_user(learner.user)
    answer = Client().get(f"/metaedu/api/v1/courses/{course}/next", headers={"authorization": f"JWT {token}"})
    assert answer.status_code == 200, answer.content
