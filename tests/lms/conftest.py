"""A real Open edX LMS with the plugin in it, and a course, people and answers that go through its own addresses.

Run in the LMS's own environment, from the platform's folder, with the plugin, hypothesis and playwright in it:

    DJANGO_SETTINGS_MODULE=lms.envs.test pytest -p no:cacheprovider PLUGIN/tests/lms

Anywhere else all of it skips. The content store must answer (MongoDB, or what stands in for it there). Studio beside
the LMS needs one for several processes (EDXAPP_TEST_MONGO_HOST); one test needs event-routing-backends.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from tests.lms.unmigrated import Unmigrated

HERE = Path(__file__).parent
INSIDE = importlib.util.find_spec("lms") is not None and django_settings.ROOT_URLCONF == "lms.urls"
REASON = "not inside of an Open edX LMS: see the docstring of tests/lms/conftest.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nothing in this folder means anything without the platform."""
    if not INSIDE:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def without_bundles() -> Iterator[None]:
    """Pages come without the platform's webpack bundles, as in the platform's own tests: nothing is compiled here."""
    with pytest.MonkeyPatch.context() as patch:
        nothing = {"render_bundle": "", "get_as_tags": [], "get_files": []}
        for module, name in (
            ("webpack_loader.templatetags.webpack_loader", "render_bundle"),
            ("webpack_loader.utils", "get_as_tags"),
            ("webpack_loader.utils", "get_files"),
        ):
            patch.setattr(f"{module}.{name}", lambda *_, answer=nothing[name], **__: answer)
        yield


@pytest.fixture(scope="session")
def platform(
    django_test_environment: None,
    django_db_blocker: Any,
    without_bundles: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The LMS, its tables there for the whole session and written for real: nothing is rolled back behind a test."""
    from django.db import connections
    from django.test.utils import setup_databases, teardown_databases

    for connection in connections.all():
        if connection.vendor == "sqlite":  # in memory, the threads of a server would share one transaction
            name = tmp_path_factory.mktemp("databases") / f"{connection.alias}.sqlite3"
            connection.settings_dict["TEST"]["NAME"] = str(name)
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(django_settings, "MIGRATION_MODULES", Unmigrated(), raising=False)
        made = setup_databases(verbosity=0, interactive=False)
        patch.undo()
        yield
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def stack(platform: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """A data folder and a tutor of this test's own; the spool is drained when the test says so."""
    from metaedu_plugin.capture import spool
    from metaedu_plugin.registry import gateway

    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_DRAIN_SECONDS = 0
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    spool.writer.reset()
    gateway.reset()
    yield
    spool.writer.reset()
    gateway.reset()


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """What makes names unique."""
    return itertools.count(1)


@pytest.fixture
def course(numbers: Iterator[int]) -> Any:
    """A published course of this test's own, its feedback switched on."""
    from tests.lms.course import publish

    made = publish(number=f"C{next(numbers)}")
    made.enable()
    return made


@pytest.fixture
def person(numbers: Iterator[int]) -> Callable[..., Any]:
    """Makes somebody with an account of the LMS, signed in."""
    from tests.lms.people import Person

    def make(**about: Any) -> Person:
        return Person.register(f"person{next(numbers)}", **about)

    return make


@pytest.fixture
def learner(course: Any, person: Callable[..., Any]) -> Any:
    """Somebody who takes the course."""
    somebody = person()
    somebody.enrol(course.key)
    return somebody


@pytest.fixture
def instructor(course: Any, person: Callable[..., Any]) -> Any:
    """Somebody who teaches the course, and is nothing else on the site."""
    from common.djangoapps.student.roles import CourseInstructorRole, CourseStaffRole

    somebody = person()
    for role in (CourseStaffRole, CourseInstructorRole):
        role(course.key).add_users(somebody.user)
    return somebody
