"""Events go where the platform's go, and nothing of that can break a request."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest
from django.core.cache import caches
from eventtracking import tracker
from eventtracking.django import DjangoTracker

from metaedu_plugin import tracking
from tests.tracking import collecting
from tests.tracking.conftest import Events

COURSE = "course-v1:Owl+FRAC1+2026"


def emit() -> bool:
    return tracking.emit(name=tracking.PLAN_VIEWED, course=COURSE, data={"steps": 3})


def test_an_event_carries_version_and_course(events: Events) -> None:
    assert emit()
    assert events(tracking.PLAN_VIEWED) == [{"version": 1, "course_id": COURSE, "steps": 3}]


def test_the_platform_s_context_stays_and_names_the_course(events: Events) -> None:
    with tracker.get_tracker().context("edx.request", {"user_id": 7, "course_id": "", "session": "s"}):
        emit()
    (event,) = collecting.received
    assert event["context"] == {"user_id": 7, "session": "s", "course_id": COURSE, "org_id": "Owl"}
    assert tracker.get_tracker().resolve_context() == {}


@pytest.mark.parametrize(
    ("course", "org"),
    [(COURSE, "Owl"), ("Owl/FRAC1/2026", "Owl"), ("ccx-v1:Owl+F+1+ccx@3", "Owl"), ("a file", ""), ("", "")],
)
def test_the_organisation_is_read_from_the_key(course: str, org: str) -> None:
    assert tracking._org(course) == org


def test_switched_off_nothing_is_emitted(events: Events, settings: Any) -> None:
    settings.METAEDU_TRACKING_EVENTS = False
    assert not emit()
    assert collecting.received == []


def test_without_a_tracker_nothing_happens() -> None:
    assert tracker.DEFAULT_TRACKER_NAME not in tracker.TRACKERS
    assert not emit()


def test_without_the_library_nothing_happens() -> None:
    """Another process, in which the import fails as on a platform without event tracking."""
    code = """if True:
        import sys
        sys.modules["eventtracking"] = None
        import django
        django.setup()
        from metaedu_plugin import tracking
        assert tracking.emit(name=tracking.PLAN_VIEWED, course="c", data={}) is False
        print("quiet")
    """
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip(), ran.returncode) == ("quiet", 0), ran.stderr


def test_a_broken_tracker_is_one_warning_and_no_exception(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.EVENT_TRACKING_BACKENDS = {}
    settings.EVENT_TRACKING_PROCESSORS = [{"ENGINE": "tests.tracking.collecting.Broken"}]
    before = dict(tracker.TRACKERS)
    tracker.register_tracker(DjangoTracker())

    def locator() -> None:
        raise RuntimeError("no context")

    tracker.get_tracker().context_locator.get = locator
    try:
        with caplog.at_level(logging.WARNING, logger="metaedu_plugin.tracking"):
            assert not emit()
            assert not emit()
    finally:
        tracker.TRACKERS.clear()
        tracker.TRACKERS.update(before)
    assert len(caplog.records) == 1
    assert "EVENT_TRACKING_BACKENDS" in caplog.text


def test_the_first_time_is_once() -> None:
    assert tracking.first_time("a", 1, seconds=60)
    assert not tracking.first_time("a", 1, seconds=60)
    assert tracking.first_time("a", 2, seconds=60)


def test_a_cache_that_keeps_nothing_means_no_event(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert not tracking.first_time("a", seconds=60)
    assert not tracking.first_time("a", seconds=60)
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "the cache keeps nothing" in record.getMessage() and not record.exc_info


def test_a_cache_that_does_not_answer_means_no_event(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert type(caches["default"]).__name__ == "RedisCache"
    assert not tracking.first_time("a", seconds=60)
    assert not tracking.first_time("b", seconds=60)
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
