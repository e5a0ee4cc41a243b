"""What metaedu shows and what learners do with it, in the LMS's own event tracking, and as its xAPI statements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from metaedu_plugin import tracking
from metaedu_plugin.capture import api as capture


class Kept:
    """A backend of the LMS's tracker."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def send(self, event: dict[str, Any]) -> None:
        """Keep an event of ours."""
        if event["name"] in tracking.NAMES:
            self.events.append(event)

    def of(self, name: str) -> list[dict[str, Any]]:
        """Events of a name."""
        return [event for event in self.events if event["name"] == name]


@pytest.fixture
def kept(settings: Any) -> Iterator[Kept]:
    """What reaches the LMS's tracker, beside where it goes else.

    The cache of the platform's tests keeps nothing, and what is shown but once is kept in the cache.
    """
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "metaedu-tracking"}
    settings.CACHES = {**settings.CACHES, "default": memory}
    from eventtracking.tracker import get_tracker

    backends = get_tracker().backends
    backend = backends["metaedu-test"] = Kept()
    yield backend
    del backends["metaedu-test"]


def act(somebody: Any, course: Any, did: str, token: str) -> Any:
    """Through the learner's API."""
    address = f"/metaedu/api/v1/courses/{quote(str(course), safe='')}/actions"
    return somebody.client.post(address, {"did": did, "token": token, "place": "feedback"}, "application/json")


def test_shown_followed_and_dismissed_are_events_of_the_learner(course: Any, learner: Any, kept: Kept) -> None:
    problem = course.problems["capital"]
    learner.answer(problem, part_2_1="choice_0")
    for _ in range(2):
        said = learner.ask(course, "feedback", problem=str(problem)).json()
    token = said["next"]["action"]["token"]
    assert act(learner, course, "followed", token).status_code == 204
    assert act(learner, course, "dismissed", token).status_code == 204

    (feedback,) = kept.of(tracking.FEEDBACK_SHOWN)
    assert feedback["data"]["item"] == str(problem)
    assert [len(kept.of(name)) for name in tracking.NAMES[:3]] == [1, 1, 1]
    for event in kept.events:
        assert event["context"]["user_id"] == learner.user.pk
        assert event["context"]["course_id"] == str(course)
        assert event["context"]["org_id"] == course.key.org
        assert learner.user.username not in json.dumps(event["data"])
    assert learner.ask(course, "next").json()["action"]["item"] != said["next"]["action"]["item"]


@pytest.fixture
def actors() -> Any:
    """The platform's opaque ids of actors. Their kinds come with a migration, which is left out here."""
    from openedx.core.djangoapps.external_user_ids.models import ExternalId, ExternalIdType

    ExternalIdType.objects.get_or_create(name=ExternalIdType.XAPI)
    return ExternalId


def test_an_event_becomes_a_statement_of_the_platform_s_own_router(
    course: Any, learner: Any, kept: Kept, actors: Any
) -> None:
    registry = pytest.importorskip("event_routing_backends.processors.xapi.registry").XApiTransformersRegistry
    from django.apps import apps

    if not apps.is_installed("event_routing_backends"):
        pytest.skip("this LMS has not switched event-routing-backends on")
    problem = course.problems["capital"]
    learner.answer(problem, part_2_1="choice_0")
    learner.ask(course, "feedback", problem=str(problem))
    (event,) = kept.of(tracking.RECOMMENDATION_SHOWN)

    statement = json.loads(registry.get_transformer(event).transform().to_json())

    assert statement["verb"]["id"] == "http://id.tincanapi.com/verb/viewed"
    (parent,) = statement["context"]["contextActivities"]["parent"]
    assert parent["id"].endswith(f"/course/{course}")
    assert learner.user.username not in json.dumps(statement)


def test_an_actor_of_the_platform_s_statements_is_the_learner(learner: Any, actors: Any) -> None:
    from metaedu_plugin.training.openedx import users_of

    name = str(actors.add_new_user_id(learner.user, "xapi")[0].external_user_id)
    stranger = "0249d75f-6dc4-5020-be59-0d829d61e806"

    assert users_of([name, stranger, "mailto:a@example.com"]) == {name: learner.user.pk}
    found = capture.outsiders(names={name: learner.user.pk})
    assert found[name].pseudonym == capture.learner_for(user_id=learner.user.pk)
