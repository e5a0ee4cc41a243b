"""What the platform's signals bring, and that nothing of it can hurt the platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.dispatch import Signal
from openedx_events.analytics.data import TrackingLogData
from openedx_events.analytics.signals import TRACKING_EVENT_EMITTED

from metaedu_plugin.capture import api, hearing, openedx, spool
from metaedu_plugin.capture.models import Activity, Response
from tests.capture.conftest import ROOT
from tests.capture.payloads import COURSE, START, block, check
from tests.capture.test_validity import rescored

DRAG = block("d1").replace("type@problem", "type@drag-and-drop-v2")

# As the platform declares it, in lms/djangoapps/grades/signals/signals.py.
SCORE_CHANGED = Signal()


@pytest.fixture(autouse=True)
def connected() -> Any:
    SCORE_CHANGED.connect(hearing.on_score)
    yield
    SCORE_CHANGED.disconnect(hearing.on_score)


def changed(*, usage: str = DRAG, earned: Any = 1.0, possible: Any = 2.0, at: float = 0, **more: Any) -> None:
    """As `problem_raw_score_changed_handler` sends it."""
    message = {
        "user_id": 41,
        "course_id": COURSE,
        "usage_id": usage,
        "only_if_higher": False,
        "score_deleted": False,
        "modified": START + timedelta(seconds=at),
        "score_db_table": "csm",
        "grader_response": False,
        **more,
    }
    SCORE_CHANGED.send(sender=None, weighted_earned=earned, weighted_possible=possible, **message)


def test_a_score_of_another_block_is_one_response(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        changed()
        changed()
        changed(earned=2.0, at=60)
        changed(earned=2.0, at=60, usage=DRAG.replace("d1", "d2"), anonymous_user_id="abc")
    counts = api.drain()
    assert (counts.responses, counts.duplicates) == (3, 1)
    found = [(r.item[-2:], r.part, r.score, r.correct, r.attempt) for r in api.responses(course=COURSE)]
    assert found == [("d1", "", 0.5, False, 1), ("d1", "", 1.0, True, 2), ("d2", "", 1.0, True, 1)]


def test_full_points_are_right_whatever_the_weight() -> None:
    for number in range(1, 8):
        for weight in (0.1, 0.7, 1.1, 3.0):
            changed(earned=number * weight / number, possible=weight, at=100 * number + weight)
    api.drain()
    assert {(row.correct, row.score) for row in api.responses(course=COURSE)} == {(True, 1.0)}
    assert Response.objects.count() == 28


def test_attempts_are_counted_across_drains_and_begin_anew_after_a_reset() -> None:
    for at in (0, 10):
        changed(at=at)
        api.drain()
    changed(score_deleted=True, earned=0, at=20)
    assert api.drain().invalidated == 2
    later = (datetime.now(tz=START.tzinfo) - START).total_seconds() + 60
    changed(at=later)
    api.drain()
    assert [row.attempt for row in api.responses(course=COURSE)] == [1]
    assert list(Response.objects.order_by("time").values_list("attempt", flat=True)) == [1, 2, 1]


def test_problems_are_left_to_their_own_event_save_for_a_graders_score_and_a_reset() -> None:
    changed(usage=block("p1"))
    changed(usage="i4x://Nordsee/TIDE101/problem/p1")
    assert spool.segments() == []
    changed(usage=block("p1"), grader_response=True)
    api.drain()
    assert [(r.item, r.score) for r in api.responses(course=COURSE)] == [(block("p1"), 0.5)]
    api.ingest(events=[check(at=5)], source="live")
    changed(usage=block("p1"), earned=0, score_deleted=True)
    assert api.drain().invalidated == 2
    assert Activity.objects.get().kind == "reset"


def test_a_deleted_state_is_a_reset() -> None:
    """As post_delete of the platform's StudentModule sends it."""
    api.ingest(events=[check(at=5), check(at=5, user=42)], source="live")
    state = SimpleNamespace(student_id=41, course_id=COURSE, module_state_key=block("p1"))
    hearing.on_state_deleted(sender=SimpleNamespace, instance=state, using="default")
    hearing.on_state_deleted(sender=SimpleNamespace, instance=object())
    assert api.drain().invalidated == 1
    assert [row.learner for row in api.responses(course=COURSE)] == [api.learner_for(user_id=42)]


def test_the_score_of_a_rescore_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform tells both of a rescored block: the score, and the event that says that it was graded again."""
    name, _, function = openedx.TRANSACTION.rpartition(".")
    for at in range(1, name.count(".") + 2):
        monkeypatch.setitem(sys.modules, ".".join(name.split(".")[:at]), ModuleType(name))
    kind = ["edx.grades.problem.submitted"]
    setattr(sys.modules[name], function, lambda: kind[0])
    message = {"user_id": 41, "course_id": COURSE, "usage_id": DRAG, "weighted_possible": 2}
    openedx.on_score(sender=None, weighted_earned=1, modified=START, **message)
    kind[0] = "edx.grades.problem.rescored"
    openedx.on_score(sender=None, weighted_earned=2, modified=START + timedelta(seconds=99), **message)
    api.drain()
    api.ingest(events=[rescored(name=DRAG, at=99.1)], source="live")
    (left,) = api.responses(course=COURSE)
    assert (left.time, left.attempt, left.correct) == (START, 1, True)
    openedx.on_score(something="else")


def test_submissions_reset_their_scores_to_nothing_of_nothing() -> None:
    changed()
    changed(earned=0, possible=0, score_deleted=True)
    counts = api.drain()
    assert (counts.responses, counts.activities, counts.dead) == (1, 1, 0)
    assert not list(api.responses(course=COURSE))


@pytest.mark.parametrize("possible", [0, None])
def test_a_block_without_points_says_nothing(possible: Any) -> None:
    changed(earned=None, possible=possible)
    assert api.drain().ignored == 1


def test_points_of_no_kind_are_a_dead_letter() -> None:
    changed(earned=float("nan"))
    changed(earned=-1, at=1)
    changed(earned=True, at=2)
    assert api.drain().reasons == {"missing_field": 3}


def test_a_signal_that_has_changed_raises_nothing() -> None:
    SCORE_CHANGED.send(sender=None, something="else")
    SCORE_CHANGED.send(
        sender=None, user_id=object(), course_id=None, usage_id=None, weighted_earned="", weighted_possible=[]
    )
    assert api.drain().responses == 0


def tracking_log(event: dict[str, Any]) -> TrackingLogData:
    """As event-tracking's backend for the event bus makes it."""
    return TrackingLogData(
        name=event["name"],
        timestamp=event["timestamp"],
        data=json.dumps(event["data"]),
        context=json.dumps(event["context"]),
    )


def test_an_event_of_the_bus_is_received_and_one_of_this_process_is_not() -> None:
    event = check()
    TRACKING_EVENT_EMITTED.send_event(tracking_log=tracking_log(event))
    TRACKING_EVENT_EMITTED.send_event(tracking_log=tracking_log({**event, "name": "play_video"}))
    assert spool.segments() == []
    metadata = TRACKING_EVENT_EMITTED.generate_signal_metadata()
    for _ in range(2):
        TRACKING_EVENT_EMITTED.send_event_with_custom_metadata(metadata, tracking_log=tracking_log(event))
    counts = api.drain()
    assert (counts.responses, counts.duplicates) == (1, 1)
    assert api.ingest(events=[event], source="live").duplicates == 1


START_UP = """
import sys, django
django.setup()
found = sys.modules.get("lms.djangoapps.grades.signals.signals")
signal = getattr(found, "PROBLEM_WEIGHTED_SCORE_CHANGED", None)
print("connected", len(signal.receivers) if signal else 0)
"""


@pytest.mark.parametrize(
    ("urls", "module", "receivers", "warned"),
    [
        (
            "lms.urls",
            "from django.dispatch import Signal\nPROBLEM_WEIGHTED_SCORE_CHANGED = Signal()",
            1,
            0,
        ),
        ("lms.urls", "", 0, 1),
        ("lms.urls", "raise RuntimeError('apps are not ready')", 0, 1),
        ("cms.urls", "raise SystemExit('Studio has no learners')", 0, 0),
    ],
)
def test_a_platform_whose_signal_has_moved_starts_with_one_warning(
    tmp_path: Path, urls: str, module: str, receivers: int, warned: int
) -> None:
    package = tmp_path / "lms" / "djangoapps" / "grades" / "signals"
    package.mkdir(parents=True)
    for folder in (package, *list(package.parents)[:3]):
        (folder / "__init__.py").touch()
    (package / "signals.py").write_text(module)
    (tmp_path / "its_settings.py").write_text(f"from tests.capture.settings import *\nROOT_URLCONF = {urls!r}\n")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "its_settings",
        "METAEDU_DATA_DIR": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", START_UP], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"connected {receivers}\n"
    assert done.stderr.count("PROBLEM_WEIGHTED_SCORE_CHANGED:") == warned


@pytest.mark.parametrize(
    ("usage", "course"),
    [
        ("block-v1:Owl+FRAC+2026+type@drag-and-drop-v2+block@d1", "course-v1:Owl+FRAC+2026"),
        ("ccx-block-v1:Owl+FRAC+2026+ccx@12+type@drag-and-drop-v2+block@d1", "ccx-v1:Owl+FRAC+2026+ccx@12"),
    ],
)
def test_a_block_s_key_tells_the_course_where_the_event_does_not(usage: str, course: str) -> None:
    changed(usage=usage, course_id="")
    assert api.drain().responses == 1
    assert api.courses() == [course]
