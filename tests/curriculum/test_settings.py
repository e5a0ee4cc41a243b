"""What those who teach a course set for it."""

from __future__ import annotations

import io
import math

import msgspec
import pytest
from django.contrib.auth import get_user_model

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.models import SettingsChange
from serving.types import Policy

pytestmark = pytest.mark.django_db
COURSE = "course-v1:org+set+run"


@pytest.fixture(autouse=True)
def course() -> None:
    curriculum.save_course(key=COURSE, title="Set")
    curriculum.import_csv(
        course=COURSE,
        skills=io.StringIO("skill,title\na,A\n"),
        items=io.StringIO("item,title,skills\n" + "".join(f"i{n},Item {n},a\n" for n in range(4))),
    )


def wanted(**fields: object) -> curriculum.SettingsInfo:
    return msgspec.structs.replace(curriculum.settings(course=COURSE), **fields)


def offered() -> list[str]:
    return [each.item for each in curriculum.course_map(course=COURSE).candidates]


def test_without_settings_the_defaults_hold_which_are_the_engine_s() -> None:
    assert curriculum.settings(course=COURSE) == curriculum.SettingsInfo()
    assert curriculum.policy(course=COURSE) == curriculum.policy(course="nobody's") == Policy()


def test_what_is_set_holds_at_once_and_is_logged_with_from_and_to() -> None:
    made = curriculum.change_settings(course=COURSE, wanted=wanted(mastered=0.9, enabled=True), by="ada")
    assert made and (made.by, made.before, made.after) == (
        "ada",
        {"enabled": False, "mastered": 0.85},
        {"enabled": True, "mastered": 0.9},
    )
    assert curriculum.policy(course=COURSE) == Policy(mastered=0.9)
    found = curriculum.course(key=COURSE)
    assert found and found.enabled and not found.by_platform
    assert curriculum.changes(course=COURSE) == [made]
    assert curriculum.change_settings(course=COURSE, wanted=wanted(mastered=0.9), by="ada") is None
    assert len(curriculum.changes(course=COURSE)) == 1


def test_items_that_are_left_out_are_no_candidates_and_come_back() -> None:
    assert offered() == ["i0", "i1", "i2", "i3"]
    before = curriculum.revision(course=COURSE)
    curriculum.change_settings(course=COURSE, wanted=wanted(left_out=("i2", "i0", "i2")), by="ada")
    assert offered() == ["i1", "i3"] and curriculum.revision(course=COURSE) > before
    assert [one.item for one in curriculum.trial_map(course=COURSE, left_out=("i1",)).candidates] == ["i0", "i2", "i3"]
    more = curriculum.trial_map(course=COURSE, left_out=("i0", "i2", "i3"))
    assert [one.item for one in more.candidates] == ["i1"]
    assert offered() == ["i1", "i3"]
    curriculum.change_settings(course=COURSE, wanted=wanted(left_out=("i0", "i2", "i3")), by="ada")
    assert curriculum.course_map(course=COURSE) == more
    curriculum.change_settings(course=COURSE, wanted=wanted(left_out=()), by="ada")
    assert offered() == ["i0", "i1", "i2", "i3"]


def test_taking_one_change_back_leaves_later_ones_alone() -> None:
    first = curriculum.change_settings(course=COURSE, wanted=wanted(left_out=("i0",), target=0.6), by="ada")
    curriculum.change_settings(course=COURSE, wanted=wanted(left_out=("i0", "i1"), minutes_a_day=30), by="ben")
    assert first
    back = curriculum.settings_without(course=COURSE, change=first.id)
    assert (back.left_out, back.target, back.minutes_a_day) == (("i1",), 0.75, 30)
    with pytest.raises(curriculum.CurriculumError, match="no such change"):
        curriculum.settings_without(course="another", change=first.id)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mastered": 0.99}, "between 60 % and 95 %"),
        ({"target": 0.1}, "between 50 % and 90 %"),
        ({"target": math.nan}, "between 50 % and 90 %"),
        ({"minutes_a_day": 0}, "between 5 and 240"),
        ({"left_out": ("nowhere",)}, "no item 'nowhere'"),
    ],
)
def test_what_is_beyond_the_limits_is_refused_in_words_with_nothing_written(fields: dict, said: str) -> None:
    with pytest.raises(curriculum.CurriculumError, match=said):
        curriculum.change_settings(course=COURSE, wanted=wanted(**fields), by="ada")
    assert not SettingsChange.objects.exists() and curriculum.settings(course=COURSE) == curriculum.SettingsInfo()


def test_who_looked_at_older_settings_does_not_overwrite_newer_ones() -> None:
    seen = curriculum.settings(course=COURSE)
    curriculum.change_settings(course=COURSE, wanted=wanted(compare=True), by="ben")
    with pytest.raises(curriculum.CurriculumError, match="meanwhile"):
        curriculum.change_settings(course=COURSE, wanted=msgspec.structs.replace(seen, target=0.7), by="ada", seen=seen)
    assert curriculum.settings(course=COURSE).compare


def test_a_course_that_nobody_has_heard_of_has_no_settings_to_change() -> None:
    with pytest.raises(curriculum.CurriculumError, match="no such course"):
        curriculum.change_settings(course="elsewhere", wanted=curriculum.SettingsInfo(compare=True), by="ada")


def test_the_name_of_a_retired_member_of_staff_leaves_the_log() -> None:
    ada = get_user_model().objects.create_user("ada")
    curriculum.change_settings(course=COURSE, wanted=wanted(compare=True), by="ada")
    capture.forget(user_id=ada.pk, username="ada")
    assert [one.by for one in curriculum.changes(course=COURSE)] == [capture.NOBODY]
