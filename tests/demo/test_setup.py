"""`demo_setup`: complete, and the same when repeated."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from metaedu_plugin.curriculum import api as curriculum

pytestmark = pytest.mark.django_db


def picture(key):
    users = [(u.pk, u.username, u.password, u.is_staff) for u in get_user_model().objects.order_by("pk")]
    return (
        users,
        curriculum.course(key=key),
        curriculum.skills(course=key),
        curriculum.items(course=key),
        curriculum.pages(course=key),
    )


def test_twice_is_the_same(course, capsys):
    call_command("demo_setup")
    first = picture(course.key)
    call_command("demo_setup")
    assert picture(course.key) == first
    assert "learner / learner" in capsys.readouterr().out


def test_the_course_is_enabled_and_ends_in_three_weeks(demo):
    info = curriculum.course(key=demo.key)
    assert info.enabled
    assert info.ends == timezone.localdate() + datetime.timedelta(days=21)


def test_options_and_minutes_of_each_input(demo):
    _, problem = demo.find("parts-3")
    block = demo.block("problem", problem.id)
    items = [info for key, info in curriculum.items(course=demo.key).items() if key.partition("#")[0] == block]
    assert [list(info.options) for info in items] == [
        [f"choice_{n}" for n in range(len(part.options))] for part in problem.part
    ]
    assert sum(info.minutes for info in items) == pytest.approx(problem.minutes)


def test_an_instructors_switch_stays(demo):
    curriculum.set_enabled(course=demo.key, enabled=False)
    call_command("demo_setup", stdout=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    assert not curriculum.course(key=demo.key).enabled


def test_a_lost_password_is_repaired(demo):
    user = get_user_model().objects.get(username="learner")
    user.set_password("other")
    user.save()
    call_command("demo_setup", verbosity=0)
    user.refresh_from_db()
    assert user.check_password("learner")
