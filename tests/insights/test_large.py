"""Large courses: nobody waits, what is shown is soon right again, and nothing stays of who is forgotten."""

import threading
import time

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import reverse

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.insights import background, files, reading, selectors
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, Counting, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db(transaction=True)
LEARNERS, ITEMS = 60, 12


class Forgetting(Counting):
    """Keeps nothing of anybody, so that there is nothing to forget."""

    def forget(self, *, learner):
        pass


@pytest.fixture(autouse=True)
def large(settings, tmp_path, monkeypatch):
    """A class of 720 answers, in which more than 100 are many."""
    settings.METAEDU_DATA_DIR = tmp_path
    monkeypatch.setattr(selectors, "SMALL", 100)
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", Forgetting)
    curriculum(items=ITEMS)
    store(simulate(learners=LEARNERS, items=ITEMS).answers)
    yield
    _settle()


@pytest.fixture
def page():
    client = Client()
    client.force_login(get_user_model().objects.create_user(COURSE))
    return client


def url(name):
    return reverse(f"metaedu_insights:{name}", args=[COURSE])


def _settle():
    for thread in threading.enumerate():
        if thread.name == "metaedu-insights":
            thread.join(30)


def ready():
    """The class, once the background has read it."""
    for _ in range(200):
        try:
            return selectors.classroom_of(course=COURSE)
        except selectors.StillReading:
            _settle()
    raise AssertionError("never read")


def refreshed(monkeypatch):
    """The class after the next look in the background."""
    monkeypatch.setattr(selectors, "FRESH_SECONDS", 0.0)
    selectors.classroom_of(course=COURSE)
    _settle()
    return selectors._Process.kept[COURSE].room


def another_answer(number=0, **changed):
    row = Response.objects.order_by("id").first()
    row.pk, row.key, row.attempt = None, f"new{number}", 2
    for name, value in changed.items():
        setattr(row, name, value)
    row.save()
    return row


def test_the_first_look_says_that_the_answers_are_being_read(page):
    answer = page.get(url("page"))
    html = answer.content.decode()
    assert answer.status_code == 202 and answer["Retry-After"] == "3"
    assert "The answers are being read" in html and '<meta http-equiv="refresh" content="3">' in html
    assert "no-store" in answer["Cache-Control"]
    _settle()
    assert "Figures as of" in page.get(url("page")).content.decode()


def test_the_api_says_it_too_and_a_decision_is_not_taken_for_made(page, monkeypatch):
    monkeypatch.setattr(selectors._background, "begin", lambda course: None)
    for name in ("findings", "items", "skills", "learning-curves", "mastery-map"):
        answer = page.get(url(name))
        assert (answer.status_code, answer.json()["ready"]) == (202, False)
    body = {"finding": "x", "decision": "accepted"}
    assert page.post(url("decisions"), body, content_type="application/json").status_code == 503
    assert page.get(url("learners-csv")).status_code == 202
    assert page.post(reverse("metaedu_insights:add-reading", args=[COURSE])).status_code in {302, 503}


def test_what_is_there_is_served_while_answers_come_and_soon_it_is_right(monkeypatch):
    before = ready()
    another_answer()
    assert selectors.classroom_of(course=COURSE) is before
    assert refreshed(monkeypatch).responses == before.responses + 1


def test_only_newer_rows_are_read(monkeypatch):
    ready()
    asked = []
    real = capture.course_rows
    monkeypatch.setattr(capture, "course_rows", lambda **given: asked.append(given) or real(**given))
    newest = Response.objects.order_by("-id").first().pk
    another_answer()
    refreshed(monkeypatch)
    assert asked == [{"course": COURSE, "after": newest}]


def test_a_class_read_step_by_step_is_the_class_read_at_once(monkeypatch):
    """New rows, rows made invalid, a row committed late with a lower id, and a learner who is gone."""
    ready()
    rows = Response.objects.order_by("id")
    late = rows[5]
    Response.objects.filter(pk=late.pk).delete()
    refreshed(monkeypatch)
    late.save(force_insert=True)
    another_answer(1)
    Response.objects.filter(pk__in=[rows[40].pk, rows[200].pk]).update(valid=False)
    gone = Learner.objects.get(pk=rows[300].learner_id)
    gone.delete()
    found = refreshed(monkeypatch)
    assert gone.pseudonym.encode() not in files._path(COURSE).read_bytes()
    kept, anew = files.load(COURSE).answers(), reading.anew(course=COURSE).answers()
    assert found.responses == len(anew) == Response.objects.filter(valid=True).count()
    assert sorted(kept.learners) == sorted(anew.learners) and len(kept.learners) == LEARNERS - 1
    for name in ("correct", "time", "attempt", "hints", "seconds"):
        assert np.array_equal(
            np.sort(getattr(kept, name)), np.sort(getattr(anew, name)), equal_nan=name in {"time", "seconds"}
        )
    assert {one.learner: one for one in found.learners} == {
        one.learner: one for one in selectors._look(COURSE, reading.anew(course=COURSE)).learners
    }


def test_an_invalid_answer_soon_counts_no_more(monkeypatch):
    before = ready()
    Response.objects.filter(pk=Response.objects.first().pk).update(valid=False)
    assert refreshed(monkeypatch).responses == before.responses - 1


def test_nothing_stays_of_a_forgotten_learner(page):
    user = get_user_model().objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    learner = Learner.objects.order_by("id").first()
    Learner.objects.filter(pk=learner.pk).update(user_id=user.pk)
    ready()
    path = files._path(COURSE)
    assert learner.pseudonym.encode() in path.read_bytes()
    assert "Ada Lovelace" in page.get(url("learners"), {"q": "lovelace"}).content.decode()
    capture.forget(user_id=user.pk)
    assert not path.exists() and COURSE not in selectors._Process.kept
    assert ready().responses == (LEARNERS - 1) * ITEMS
    assert learner.pseudonym.encode() not in path.read_bytes()


def test_another_process_notices_that_someone_was_forgotten():
    ready()
    files.forget(COURSE)  # as another process does it
    with pytest.raises(selectors.StillReading):
        selectors.classroom_of(course=COURSE)


def test_who_is_forgotten_while_the_class_is_read_gets_into_no_file():
    columns = reading.anew(course=COURSE)
    with files.alone(COURSE):
        mark = files.forgotten(COURSE)
        files.forget(COURSE)
        files.save(COURSE, columns, mark=mark)
    assert files.load(COURSE) is None and not list(files._path(COURSE).parent.glob("*.part"))


def test_a_retirement_that_is_taken_back_deletes_no_rows_and_harms_nothing():
    ready()
    with pytest.raises(RuntimeError), transaction.atomic():
        learner = Learner.objects.first()
        capture.learner_forgotten.send(
            sender=None, learner=learner.pseudonym, user_id=1, username="", courses={COURSE: None}
        )
        raise RuntimeError
    assert ready().responses == LEARNERS * ITEMS


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:1000]),
        lambda path: path.write_bytes(b"not one of ours"),
        lambda path: path.write_bytes(b""),
        lambda path: _changed(path, learner=lambda values: values + 10_000),
        lambda path: _changed(path, item=lambda values: values[:-1]),
        lambda path: _changed(path, correct=lambda values: values.astype(object)),
        lambda path: _changed(path, newest=lambda value: value - 500),
        lambda path: _changed(path, made=lambda value: value - 2 * files.KEEP_SECONDS),
        lambda path: _changed(path, about=lambda value: value[::-1]),
    ],
)
def test_an_odd_file_is_left_aside_and_made_anew(spoil):
    ready()
    path = files._path(COURSE)
    spoil(path)
    assert files.load(COURSE) is None
    selectors.reset()
    assert ready().responses == LEARNERS * ITEMS
    assert len(files.load(COURSE)) == LEARNERS * ITEMS


def _changed(path, **changes):
    with np.load(path, allow_pickle=False) as found:
        arrays = {name: changes.get(name, lambda values: values)(found[name]) for name in found.files}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def test_another_course_s_file_is_no_course_s_file():
    ready()
    files._path(COURSE).rename(files._path("other"))
    assert files.load("other") is None


def test_without_a_folder_the_class_is_there_all_the_same(settings, tmp_path, caplog):
    settings.METAEDU_DATA_DIR = tmp_path / "file"
    settings.METAEDU_DATA_DIR.write_text("in the way")
    assert ready().responses == LEARNERS * ITEMS
    assert "METAEDU_DATA_DIR/insights cannot be used" in caplog.text


def test_a_failure_in_the_background_is_told_and_tried_again(page, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        broken.setattr(capture, "course_rows", lambda **given: 1 / 0)
        page.get(url("page"))
        _settle()
    html = page.get(url("page")).content.decode()
    assert "The answers cannot be read now" in html and "could not be read" in caplog.text
    monkeypatch.setattr(background, "PAUSE_SECONDS", 0.0)
    assert ready().responses == LEARNERS * ITEMS
    assert page.get(url("page")).status_code == 200


def test_many_at_once_start_one_reader(monkeypatch):
    begun = []
    reads = background.Background(lambda course: begun.append(course) or time.sleep(0.2), what="answers")
    askers = [threading.Thread(target=reads.begin, args=(COURSE,)) for _ in range(20)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    _settle()
    assert begun == [COURSE]


def test_one_process_waits_for_the_other_s_file():
    order = []

    def other():
        with files.alone(COURSE):
            order.append("second")

    with files.alone(COURSE):
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_the_file_is_for_this_user_alone():
    ready()
    assert files._path(COURSE).stat().st_mode & 0o777 == 0o600
    assert files._path(COURSE).parent.stat().st_mode & 0o777 == 0o700


def test_chunks_of_a_course_are_its_rows(monkeypatch):
    monkeypatch.setattr("metaedu_plugin.capture.course.CHUNK", 7)
    store(simulate(learners=2, items=5).answers, course="course-v1:other+x")
    chunks = list(capture.course_rows(course=COURSE, after=3))
    wanted = Response.objects.filter(course=COURSE, id__gt=3).order_by("id")
    assert [row[0] for rows in chunks for row in rows] == list(wanted.values_list("id", flat=True))
    assert max(map(len, chunks)) == 7
