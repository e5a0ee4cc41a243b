from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

from metaedu_plugin.insights import selectors
from tests.insights.courses import COURSE, Counting


def teaches(user, course):
    """The tests' platform: a teacher's user name is the course key."""
    return user.get_username() == course


@pytest.fixture(autouse=True)
def _platform(settings):
    settings.METAEDU_COURSE_STAFF = "tests.insights.conftest.teaches"
    cache.clear()
    selectors.reset()


@pytest.fixture
def counting(monkeypatch):
    """A tutor that knows what was answered, without a model."""
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", Counting)


@pytest.fixture
def teacher(db):
    return get_user_model().objects.create_user(COURSE, password="x")


@pytest.fixture
def page(client, teacher):
    client.force_login(teacher)
    return client
