"""Earlier runs of a course: found by their keys, read in the background, told on the item's page and as a finding."""

from __future__ import annotations

import csv
import io
import threading

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.curriculum.models import Course, Item
from metaedu_plugin.insights import runs, selectors
from tests.insights.classes import START
from tests.insights.courses import capture as store
from tests.insights.statistics.test_runs import class_of

NOW, BEFORE, OTHER = "course-v1:org+course+2026", "course-v1:org+course+2025", "course-v1:org+another+2024"
YEAR = 365 * 86400.0
CHANGED = "item003"


@pytest.fixture
def teacher(db, settings, monkeypatch):
    settings.METAEDU_COURSE_STAFF = "tests.insights.test_runs.anybody"
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", _counting())
    client = Client()
    client.force_login(get_user_model().objects.create_user("kim"))
    return client


def _counting():
    from tests.insights.courses import Counting

    return Counting


def anybody(user, course):
    return True


def key(course, item):
    return f"block-v1:{course.removeprefix('course-v1:')}+type@problem+block@{item}#2_1"


def held(course, hard, *, seed, when=0.0, able=0.0):
    """A run of the course, in the database."""
    given = class_of(np.random.default_rng(seed), hard, learners=150, able=able)
    given.items[:] = [key(course, one) for one in given.items]
    given.time[:] = given.time - START + START - when
    row = Course.objects.create(key=course, title=course)
    for n, one in enumerate(given.items):
        Item.objects.create(course=row, key=one, title=f"Item {n}", position=n)
    store(given, course=course)


@pytest.fixture
def two_runs():
    hard = np.random.default_rng(0).normal(0, 0.7, 16)
    new = hard.copy()
    new[3] += 2.0
    held(BEFORE, hard, seed=1, when=YEAR)
    held(OTHER, hard, seed=3, when=YEAR)
    held(NOW, new, seed=2, able=0.7)


def settle():
    for thread in threading.enumerate():
        if thread.name == "metaedu-insights":
            thread.join(30)


def test_keys_tell_runs_of_one_course_and_items_that_are_the_same():
    assert teaching.same_course(NOW, BEFORE)
    for one in (NOW, OTHER, "course-v1:org+course+2025+more", "an import", "org/course/2025"):
        assert not teaching.same_course(NOW, one)
    assert teaching.same_course("org/course/2025", "org/course/2026")
    assert teaching.shared_key(course=NOW, item=key(NOW, "x")) == teaching.shared_key(
        course=BEFORE, item=key(BEFORE, "x")
    )
    library = "lb:org:lib:problem:x#2_1"
    assert teaching.shared_key(course=NOW, item=library) == library
    assert teaching.shared_key(course=NOW, item=key(BEFORE, "x")) == key(BEFORE, "x"), "another run's is another's"
    assert (teaching.run_name(course=NOW), teaching.run_name(course="an import")) == ("2026", "an import")


@pytest.mark.django_db
def test_the_item_that_changed_is_a_finding_and_no_other(two_runs, teacher):
    runs.read(NOW)
    findings = teacher.get(reverse("metaedu_insights:findings", args=[NOW])).json()["findings"]
    (one,) = [each for each in findings if each["reason"] == "item_other_than_before"]
    assert one["subject"]["key"] == key(NOW, CHANGED)
    assert one["title"] == "Harder than in earlier runs: Item 3" and one["helps"] > 0
    shift = one["evidence"][0]
    assert shift["low"] < shift["value"] < shift["high"] < 0
    assert "Run 2025" in [figure["label"] for figure in one["evidence"]]


@pytest.mark.django_db
def test_the_items_page_tells_of_the_runs(two_runs, teacher):
    runs.read(NOW)
    page = reverse("metaedu_insights:item", args=[NOW])
    said = teacher.get(page, {"item": key(NOW, CHANGED)}).content.decode()
    assert "Over the runs of the course" in said and "That is beyond chance" in said
    assert "2026 (this one)" in said and ">2025<" in said
    said = teacher.get(page, {"item": key(NOW, "item005")}).content.decode()
    assert "No difference to earlier runs" in said
    earlier = teacher.get(reverse("metaedu_insights:item", args=[BEFORE]), {"item": key(BEFORE, CHANGED)})
    assert "Over the runs" not in earlier.content.decode(), "a later run is no earlier one"


@pytest.mark.django_db
def test_an_item_marked_as_faulty_is_no_finding(two_runs, teacher):
    runs.read(NOW)
    teaching.mark_faulty(course=NOW, item=key(NOW, CHANGED))
    findings = teacher.get(reverse("metaedu_insights:findings", args=[NOW])).json()["findings"]
    assert "item_other_than_before" not in [each["reason"] for each in findings]


@pytest.mark.django_db(transaction=True)
def test_no_request_waits_for_another_run(two_runs, teacher, monkeypatch):
    """The first look is without it; a moment later it is there, and is asked for again after an hour alone."""
    asked = []
    read = runs.reading.anew
    monkeypatch.setattr(
        runs.reading, "anew", lambda *, course: asked.append(threading.current_thread().name) or read(course=course)
    )
    first = teacher.get(reverse("metaedu_insights:page", args=[NOW]))
    assert "Harder than in earlier runs" not in first.content.decode()
    settle()
    assert "Harder than in earlier runs" in teacher.get(reverse("metaedu_insights:page", args=[NOW])).content.decode()
    settle()
    here = threading.current_thread().name
    assert asked.count("metaedu-insights") == 1, "one earlier run, read once"
    assert set(asked) == {here, "metaedu-insights"}


@pytest.mark.django_db(transaction=True)
def test_a_run_that_cannot_be_read_takes_nothing_down(two_runs, teacher, monkeypatch, caplog):
    def away(**_):
        raise OSError("the disk is away")

    monkeypatch.setattr(runs, "_summary", away)
    assert teacher.get(reverse("metaedu_insights:page", args=[NOW])).status_code == 200
    settle()
    assert "earlier runs" in caplog.text
    assert teacher.get(reverse("metaedu_insights:page", args=[NOW])).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_in_a_large_course_too(two_runs, teacher, monkeypatch, settings, tmp_path):
    settings.METAEDU_DATA_DIR = tmp_path
    monkeypatch.setattr(selectors, "SMALL", 100)
    monkeypatch.setattr(runs, "FILED", 100)
    assert teacher.get(reverse("metaedu_insights:page", args=[NOW])).status_code == 202
    settle()
    assert "Harder than in earlier runs" in teacher.get(reverse("metaedu_insights:page", args=[NOW])).content.decode()


@pytest.mark.django_db
def test_as_a_file_and_over_the_api(two_runs, teacher):
    runs.read(NOW)
    told = teacher.get(reverse("metaedu_insights:runs-told", args=[NOW])).json()
    assert told["earlier"] == [BEFORE]
    sure = [one for one in told["items"] if one["sure"]]
    assert [one["item"] for one in sure] == [key(NOW, CHANGED)]
    assert sure[0]["shift"]["high"] < 0 < sure[0]["harder"]["low"] and len(told["items"]) == 16
    found = teacher.get(reverse("metaedu_insights:runs-csv", args=[NOW]))
    rows = list(csv.DictReader(io.StringIO(b"".join(found.streaming_content).decode("utf-8-sig"))))
    assert [float(row["difference"]) for row in rows if row["sure"] == "yes"] == [sure[0]["shift"]["value"]]
    parquet = teacher.get(reverse("metaedu_insights:runs-parquet", args=[NOW]))
    assert pq.read_table(io.BytesIO(b"".join(parquet.streaming_content))).num_rows == 16
    page = teacher.get(reverse("metaedu_insights:page", args=[NOW])).content.decode()
    assert reverse("metaedu_insights:runs-csv", args=[NOW]) in page
    apart = teacher.get(reverse("metaedu_insights:runs-apart-csv", args=[NOW]))
    rows = list(csv.DictReader(io.StringIO(b"".join(apart.streaming_content).decode("utf-8-sig"))))
    changed = [row for row in rows if row["item"] == key(NOW, CHANGED)]
    assert [row["run"] for row in changed] == ["2026", "2025"] and len(rows) == 32
    assert float(changed[0]["difficulty_logits"]) > float(changed[1]["difficulty_logits"]) + 1
    assert teacher.get(reverse("metaedu_insights:runs-told", args=[BEFORE])).json() == {"earlier": [], "items": []}
