"""Every address of insights, a new one included, is for the course's staff alone."""

import hashlib

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from metaedu_plugin.insights import urls
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db
FOR_ALL = "stop-digest"
"""The link in a mail: its token is who may (tests/insights/test_digest.py)."""
NAMES = [pattern.name for pattern in urls.urlpatterns if pattern.name != FOR_ALL]
LEARNER = hashlib.md5(b"learner000").hexdigest()
MORE = {"item": "?item=item000", "message": f"?learner={LEARNER}"}
TO_POST = {"decisions": 400, "add-reading": 302, "digest": 302, "mark-faulty": 400, "retag": 400, "reading-added": 400}
TO_POST |= {"settings-tried": 200}
OF_ONE = {"answers-csv": 404, "answers-parquet": 404}
"""What is about somebody whom the address has to name."""
METHODS = ["get", "post", "put", "patch", "delete"]


def address(name):
    more = [LEARNER] if name == "learner" else []
    return reverse(f"metaedu_insights:{name}", args=[COURSE, *more]) + MORE.get(name, "")


@pytest.fixture
def answered():
    curriculum(items=2)
    store(simulate(learners=3, items=2).answers)


def test_every_address_names_its_course():
    assert len(NAMES) == len(set(NAMES)) == len(urls.urlpatterns) - 1
    assert all("<str:course>" in str(pattern.pattern) for pattern in urls.urlpatterns if pattern.name != FOR_ALL)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", METHODS)
def test_strangers_are_asked_to_sign_in(client, name, method):
    answer = getattr(client, method)(address(name))
    assert answer.status_code in (302, 401, 403)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("who", ["learner", "course-v1:org+other+run"])
def test_for_learners_and_for_teachers_of_other_courses_it_does_not_exist(client, name, method, who):
    client.force_login(get_user_model().objects.create_user(who, is_staff=True))
    assert getattr(client, method)(address(name)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_the_course_s_teacher_gets_in(page, answered, name):
    answer = page.post(address(name)) if name in TO_POST else page.get(address(name))
    assert answer.status_code == {**TO_POST, **OF_ONE}.get(name, 200)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OF_ONE])
def test_nothing_with_names_in_it_is_kept_by_caches(page, answered, name):
    assert "no-store" in page.get(address(name))["Cache-Control"]
