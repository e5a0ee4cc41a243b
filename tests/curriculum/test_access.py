"""Who counts as staff of a course."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User

from metaedu_plugin.curriculum import api


def only_ada(user, course_key):
    return user.username == "ada" and course_key == "c"


def test_the_platforms_rule_decides(settings):
    settings.METAEDU_COURSE_STAFF = "tests.curriculum.test_access.only_ada"
    assert api.is_course_staff(user=User(username="ada"), course="c")
    assert not api.is_course_staff(user=User(username="ada"), course="d")
    assert not api.is_course_staff(user=User(username="bob", is_superuser=True), course="c")


@pytest.mark.parametrize(("flags", "staff"), [({"is_staff": True}, True), ({"is_superuser": True}, True), ({}, False)])
def test_without_a_rule_the_staff_of_the_site(settings, flags, staff):
    del settings.METAEDU_COURSE_STAFF
    assert api.is_course_staff(user=User(username="x", **flags), course="c") is staff


def test_nobody_and_former_people_are_never_staff(settings):
    settings.METAEDU_COURSE_STAFF = "tests.curriculum.test_access.only_ada"
    assert not api.is_course_staff(user=AnonymousUser(), course="c")
    assert not api.is_course_staff(user=User(username="ada", is_active=False), course="c")
