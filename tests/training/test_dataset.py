"""Responses to Parquet to arrays: nothing lost, nothing twice, nothing half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.curriculum.models import Course, Item, Skill
from metaedu_plugin.training import dataset, parts

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "dataset")


def answer(
    learner: str, item: str, correct: bool, minute: float | None, course: str = "c1", **other: object
) -> Response:
    person, _ = Learner.objects.get_or_create(pseudonym=learner)
    return Response.objects.create(
        key=f"{Response.objects.count():032d}",
        learner=person,
        course=course,
        problem=item,
        item=item,
        correct=correct,
        score=float(correct),
        time=None if minute is None else START + timedelta(minutes=minute),
        **other,
    )


def test_rows_become_arrays_ordered_by_time(url: str) -> None:
    answer("b", "i2", True, 5, seconds=12.5, attempt=2, hints=1)
    answer("a", "i1", False, 9)
    answer("b", "i1", False, 1)
    dataset.refresh(url=url)
    (course,) = dataset.load(url=url)
    assert [s.learner for s in course.sequences] == ["a", "b"]
    b = course.sequences[1]
    assert [course.items[i] for i in b.item] == ["i1", "i2"]
    assert b.correct.tolist() == [0, 1]
    assert b.seconds.tolist() == [-1, 12.5]
    assert b.attempt.tolist() == [1, 2]
    assert b.hints.tolist() == [0, 1]
    assert b.time.tolist() == [(START + timedelta(minutes=m)).timestamp() for m in (1, 5)]
    assert b.item.dtype == np.int32
    assert b.correct.dtype == np.float32
    assert b.time.dtype == np.float64


def test_without_times_the_order_of_the_source_is_kept(url: str) -> None:
    for item in ("z", "a", "m", "b"):
        answer("x", item, True, None)
    dataset.refresh(url=url)
    (course,) = dataset.load(url=url)
    assert [course.items[i] for i in course.sequences[0].item] == ["z", "a", "m", "b"]
    assert course.sequences[0].time.tolist() == [-1] * 4


def test_only_what_is_new_is_written(url: str) -> None:
    answer("a", "i", True, 1)
    assert dataset.refresh(url=url) == 1
    (first,) = parts.Parts(url).all()
    written = Path(first.path).stat().st_mtime_ns
    assert dataset.refresh(url=url) == 1
    answer("a", "i", False, 2)
    assert dataset.refresh(url=url) == 2
    both = parts.Parts(url).all()
    assert len(both) == 2
    assert both[0] == first
    assert Path(first.path).stat().st_mtime_ns == written


def test_a_retired_learner_and_an_invalid_response_vanish(url: str) -> None:
    answer("a", "i", True, 1)
    answer("b", "i", True, 2)
    wrong = answer("c", "i", False, 3)
    dataset.refresh(url=url)
    answer("c", "i", True, 4)
    dataset.refresh(url=url)
    Learner.objects.get(pseudonym="a").delete()
    Response.objects.filter(pk=wrong.pk).update(valid=False)
    assert dataset.refresh(url=url) == 2
    (course,) = dataset.load(url=url)
    assert {s.learner: s.correct.tolist() for s in course.sequences} == {"b": [1], "c": [1]}
    stored = b"".join(Path(part.path).read_bytes() for part in parts.Parts(url).all())
    Learner.objects.all().delete()
    assert stored
    assert dataset.refresh(url=url) == 0
    assert dataset.load(url=url) == []


def test_a_row_that_was_committed_late_is_not_lost(url: str) -> None:
    late = answer("a", "i", True, 1)
    Response.objects.filter(pk=late.pk).update(valid=False)
    answer("a", "i", False, 2)
    dataset.refresh(url=url)
    Response.objects.filter(pk=late.pk).update(valid=True)
    assert dataset.refresh(url=url) == 2


def test_compact_makes_one_part(url: str) -> None:
    for minute in range(3):
        answer("a", "i", True, minute)
        dataset.refresh(url=url)
    assert len(parts.Parts(url).all()) == 3
    assert dataset.compact(url=url) == 3
    assert len(parts.Parts(url).all()) == 1
    assert dataset.refresh(url=url) == 3
    assert dataset.load(url=url)[0].responses == 3


def test_two_writers_count_a_row_once(url: str) -> None:
    for minute in range(4):
        answer("a", "i", minute % 2 == 0, minute)
    dataset.refresh(url=url)
    (whole,) = parts.Parts(url).all()
    from metaedu_plugin.capture import api as capture

    parts.Parts(url).write(first=1, last=whole.last - 1, rows=capture.export(until=whole.last - 1))
    assert dataset.load(url=url)[0].responses == 4
    assert dataset.refresh(url=url) == 4
    assert dataset.load(url=url)[0].responses == 4


def test_tagging_anew_takes_effect_at_loading(url: str) -> None:
    answer("a", "i1", True, 1)
    answer("a", "i2", True, 2)
    dataset.refresh(url=url)
    (before,) = dataset.load(url=url)
    assert before.skills == []
    course = Course.objects.create(key="c1", title="c1")
    skill = Skill.objects.create(course=course, key="adding", title="Adding")
    Item.objects.create(course=course, key="i2", title="i2").skills.add(skill)
    (after,) = dataset.load(url=url)
    assert after.skills == ["adding"]
    assert [s.tolist() for s in after.item_skills] == [[], [0]]


def test_courses_are_apart_and_can_be_chosen(url: str) -> None:
    answer("a", "i", True, 1, course="c2")
    answer("a", "i", True, 1, course="c1")
    dataset.refresh(url=url)
    assert [c.key for c in dataset.load(url=url)] == ["c1", "c2"]
    assert [c.key for c in dataset.load(["c2"], url=url)] == ["c2"]
    assert dataset.load(["c3"], url=url) == []


KILLED = """
import sys
import django
django.setup()
from metaedu_plugin.training import parts
parts._BATCH = 10
def rows():
    for n in range(1, 10**9):
        yield (n, "c", "l", "i", True, 1.0, 1, 0, None, None)
        if n == 1000:
            print("writing", flush=True)
parts.Parts(sys.argv[1]).write(first=1, last=10, rows=rows())
"""


def test_a_killed_writer_leaves_no_half_part(url: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    writer = subprocess.Popen([sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE, env=environment)
    assert writer.stdout
    assert writer.stdout.readline().strip() == b"writing"
    time.sleep(0.1)
    writer.send_signal(signal.SIGKILL)
    writer.wait(10)
    assert list(Path(url).iterdir()), "the writer was killed before it had begun"
    assert parts.Parts(url).all() == []
    answer("a", "i", True, 1)
    assert dataset.refresh(url=url) == 1


def test_an_error_while_writing_leaves_nothing(url: str) -> None:
    def rows() -> object:
        yield (1, "c", "l", "i", True, 1.0, 1, 0, None, None)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        parts.Parts(url).write(first=1, last=1, rows=rows())  # type: ignore[arg-type]
    assert list(Path(url).iterdir()) == []


def test_compact_sweeps_up_after_killed_writers(url: str) -> None:
    answer("a", "i", True, 1)
    dataset.refresh(url=url)
    old, young = Path(url) / ".aa.unfinished", Path(url) / ".bb.unfinished"
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    dataset.compact(url=url)
    assert not old.exists()
    assert young.exists()
