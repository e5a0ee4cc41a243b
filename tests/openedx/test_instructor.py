"""The instructor's tab, through the platform's real filters, for both generations of the dashboard."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from crum import impersonate
from django.contrib.auth.models import AnonymousUser, Group, User
from django.urls import reverse
from mako.lookup import TemplateLookup
from opaque_keys.edx.keys import CourseKey
from openedx_filters.learning.filters import InstructorDashboardRenderStarted, InstructorDashboardTabsRequested

from deploy.demo.access import staff_group
from metaedu_plugin import harmless, inside
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import openedx
from metaedu_plugin.insights.settings import common
from tests.tutoring.events import COURSE

pytestmark = pytest.mark.django_db
PAGE = f"/metaedu/insights/{COURSE}/"
THEIRS = {"tab_id": "grading", "title": "Grading", "url": "/grading", "sort_order": 50}
INCLUDING = """<section id="${section['section_key']}">
<%include file="${section.get('template_path_prefix', '')}${section['section_key']}.html" args="section_data=section"/>
</section>"""


@pytest.fixture(autouse=True)
def platform(settings: Any) -> Iterator[None]:
    """Settings as the plugin makes them, save the rule, which here asks the demo's groups."""
    made = SimpleNamespace(MAKO_TEMPLATE_DIRS_BASE=["/platform"], METAEDU_COURSE_STAFF=settings.METAEDU_COURSE_STAFF)
    common.plugin_settings(made)
    for name, value in vars(made).items():
        setattr(settings, name, value)
    settings.LMS_ROOT_URL = "https://lms.example.org/"
    harmless.warn_once.cache_clear()
    inside._warn.cache_clear()
    yield


@pytest.fixture
def teacher() -> User:
    user = User.objects.create_user("teacher")
    user.groups.add(Group.objects.create(name=staff_group(COURSE)))
    return user


@pytest.fixture
def learner() -> User:
    return User.objects.create_user("learner")


def tabs_for(user: Any, *, present: tuple[dict[str, Any], ...] = (THEIRS,)) -> list[dict[str, Any]]:
    key = CourseKey.from_string(COURSE)
    tabs, same_user, same_key = InstructorDashboardTabsRequested.run_filter(
        tabs=list(present), user=user, course_key=key
    )
    assert (same_user, same_key) == (user, key)
    return tabs or []


def sections_for(user: Any, *, present: tuple[dict[str, Any], ...] = ()) -> list[dict[str, Any]]:
    context = {"course": SimpleNamespace(id=CourseKey.from_string(COURSE)), "sections": list(present), "more": 1}
    with impersonate(user):
        after, template = InstructorDashboardRenderStarted.run_filter(context=context, template_name="dashboard.html")
    assert (after["more"], template) == (1, "dashboard.html")
    return after["sections"]


def test_staff_get_a_tab_with_an_absolute_address(teacher):
    assert tabs_for(teacher) == [
        THEIRS,
        {"tab_id": "metaedu", "title": "Insights", "url": f"https://lms.example.org{PAGE}", "sort_order": 120},
    ]


@pytest.mark.parametrize("who", ["learner", "nobody"])
def test_others_get_none(learner, who):
    user = learner if who == "learner" else AnonymousUser()
    assert tabs_for(user) == [THEIRS]
    assert sections_for(user) == []


def test_the_tab_is_added_once(teacher):
    once = tabs_for(teacher)
    assert tabs_for(teacher, present=tuple(once)) == once
    sections = sections_for(teacher)
    assert sections_for(teacher, present=tuple(sections)) == sections


def test_staff_get_a_section_that_the_platforms_templates_can_show(teacher, settings):
    (section,) = sections_for(teacher)
    lookup = TemplateLookup(directories=[*settings.MAKO_TEMPLATE_DIRS_BASE], strict_undefined=True)
    lookup.put_string("/dashboard.html", INCLUDING)
    shown = lookup.get_template("/dashboard.html").render(section=section)
    assert f'<a href="{PAGE}">Open on a page of its own</a>' in shown
    assert f'<iframe src="{PAGE}?frame" title="Insights of this course" loading="lazy"' in shown


def test_the_sections_words_are_escaped(settings):
    lookup = TemplateLookup(directories=[*settings.MAKO_TEMPLATE_DIRS_BASE])
    words = dict.fromkeys(("lead", "url", "open", "frame"), "<script>")
    template = lookup.get_template("/instructor_dashboard/metaedu.html")
    assert "<script>" not in template.render(section_data=words)


def test_without_its_template_there_is_no_section_and_one_warning(teacher, settings, caplog):
    settings.MAKO_TEMPLATE_DIRS_BASE = ["/platform"]
    with caplog.at_level(logging.WARNING):
        assert sections_for(teacher) == []
        assert sections_for(teacher) == []
    assert len([line for line in caplog.messages if "MAKO_TEMPLATE_DIRS_BASE" in line]) == 1


def test_a_dashboard_of_another_shape_is_left_alone(teacher, caplog):
    with caplog.at_level(logging.WARNING), impersonate(teacher):
        for _ in range(2):
            after = InstructorDashboardRenderStarted.run_filter(context={"new": 1}, template_name="x.html")
            assert after == ({"new": 1}, "x.html")
    assert len([line for line in caplog.messages if "section of the instructor dashboard left out" in line]) == 1


class TestTheRule:
    """Who is staff, outside of the platform: there are no roles to ask."""

    @pytest.fixture(autouse=True)
    def ours(self, settings: Any) -> None:
        settings.METAEDU_COURSE_STAFF = f"{openedx.__name__}.is_course_staff"

    def test_the_sites_staff(self):
        assert curriculum.is_course_staff(user=User.objects.create_user("a", is_staff=True), course=COURSE)
        assert curriculum.is_course_staff(user=User.objects.create_superuser("b"), course=COURSE)

    @pytest.mark.parametrize(("project", "warned"), [("", False), ("lms", True)])
    def test_nobody_else_and_the_platform_is_told_once(self, teacher, caplog, monkeypatch, project, warned):
        monkeypatch.setattr(inside, "project", lambda: project)
        with caplog.at_level(logging.WARNING):
            for course in (COURSE, COURSE, "no key"):
                assert not curriculum.is_course_staff(user=teacher, course=course)
        lines = [line for line in caplog.messages if "insights for others" in line]
        assert bool(lines) is warned
        assert len(lines) == len(set(lines))

    def test_not_who_was_locked_out(self):
        gone = User.objects.create_user("gone", is_staff=True, is_active=False)
        assert not curriculum.is_course_staff(user=gone, course=COURSE)


def test_the_page_may_be_framed_by_the_platform_and_nobody_else(client, teacher):
    client.force_login(teacher)
    address = reverse("metaedu_insights:page", args=[COURSE])
    alone, framed = client.get(address), client.get(address, {"frame": ""})
    assert alone["X-Frame-Options"] == framed["X-Frame-Options"] == "SAMEORIGIN"
    assert b'class="me-bar"' in alone.content
    assert b'class="me-bar"' not in framed.content
    assert b"frame.js" in framed.content
