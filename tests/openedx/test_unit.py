"""Feedback in a unit, through the platform's real filter, with the pipeline as our settings make it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from openedx_filters import PipelineStep
from openedx_filters.learning.filters import VerticalBlockRenderCompleted
from web_fragments.fragment import Fragment

from metaedu_plugin import harmless, inside
from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import openedx
from metaedu_plugin.tutoring.settings import common
from tests.openedx import blocks
from tests.tutoring.conftest import ana, course, stack  # noqa: F401
from tests.tutoring.events import COURSE, problem

BEFORE = "<p>The unit as the platform renders it.</p>"
PLACE = re.compile(
    r'<div class="me-feedback" data-course="([^"]*)" data-problem="([^"]*)" data-block="([^"]*)"'
    r' data-busy="[^"]+" data-wait>'
)
Render = Callable[..., Fragment]


@pytest.fixture(autouse=True)
def as_in_a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(openedx, "REMEMBERED", 10**9)  # one period: no test falls between two
    openedx._is_open.cache_clear()
    harmless.warn_once.cache_clear()
    inside._warn.cache_clear()
    yield
    openedx._is_open.cache_clear()


@pytest.fixture
def render(settings: Any, course: str) -> Render:  # noqa: F811
    """`render(unit, view=…)`: the unit's fragment after the filter."""
    made = SimpleNamespace()
    common.plugin_settings(made)
    settings.OPEN_EDX_FILTERS_CONFIG = made.OPEN_EDX_FILTERS_CONFIG

    def rendered(unit: Any, *, view: str = "student_view") -> Fragment:
        context = {"show_title": True}
        answer = VerticalBlockRenderCompleted.run_filter(
            block=unit, fragment=Fragment(BEFORE), context=context, view=view
        )
        assert answer[0] is unit
        assert answer[2:] == (context, view)
        return answer[1]

    return rendered


def places(fragment: Fragment) -> list[tuple[str, ...]]:
    return PLACE.findall(fragment.content)


def untouched(fragment: Fragment) -> bool:
    return fragment.content == BEFORE and not fragment.resources


def test_each_problem_gets_a_place_and_the_unit_a_way_to_the_plan(render, ana):  # noqa: F811
    fragment = render(blocks.unit(user=ana.pk))
    assert fragment.content.startswith(BEFORE)
    assert places(fragment) == [(COURSE, problem(name), problem(name)) for name in ("add1", "add2")]
    assert f'href="/metaedu/learn/{COURSE}/"' in fragment.content
    loaded = [resource.data for resource in fragment.resources]
    assert loaded == [f"/static/metaedu/{name}" for name in ("feedback.css", "feedback.js", "unit.js")]


def test_only_the_learners_view(render):
    assert untouched(render(blocks.unit(), view="public_view"))


def test_nothing_where_there_is_nothing_to_answer(render):
    assert untouched(render(blocks.unit(problems=0)))


@pytest.mark.parametrize("off", ["course", "everywhere", "unknown"])
def test_nothing_where_it_is_switched_off(render, off, monkeypatch):
    if off == "course":
        curriculum.set_enabled(course=COURSE, enabled=False)
    elif off == "everywhere":
        capture.switch(name="feedback", on=False, by="test")
    else:
        monkeypatch.setattr(blocks, "COURSE", "course-v1:No+Such+Course")
    assert untouched(render(blocks.unit()))


def test_nothing_for_who_does_not_want_it(render, ana):  # noqa: F811
    capture.choose(user_id=ana.pk, course=COURSE, wanted=capture.Chosen(feedback=False))
    assert untouched(render(blocks.unit(user=ana.pk)))
    other = User.objects.create_user("other")
    assert places(render(blocks.unit(user=other.pk)))


def test_no_help_in_exams(render):
    assert untouched(render(blocks.unit(exam=True)))


def test_nothing_that_tells_what_the_course_keeps_to_itself(render):
    unit = blocks.unit(problems=1)
    platform = unit.runtime
    platform.add(blocks.Problem, problem("hidden"), inside=unit, told=False)
    platform.add(blocks.OldProblem, problem("never"), inside=unit, show_correctness="never")
    platform.add(blocks.OldProblem, problem("old"), inside=unit)
    assert [found[1] for found in places(render(unit))] == [problem("add1"), problem("old")]


def test_banks_show_what_they_show_and_inner_units_see_to_themselves(render):
    unit = blocks.unit(problems=1)
    platform = unit.runtime
    bank = platform.add(blocks.Bank, blocks.key("itembank", "b"), inside=unit)
    inner = platform.add(blocks.Container, blocks.key("vertical", "i"), inside=unit)
    for name, parent in (("shown", bank), ("kept", bank), ("inner", inner)):
        platform.add(blocks.Problem, problem(name), inside=parent)
    assert [found[1] for found in places(render(unit))] == [problem("add1"), problem("shown")]


def test_the_number_of_problems_costs_no_query(render, ana, django_assert_num_queries):  # noqa: F811
    render(blocks.unit(user=ana.pk))
    with django_assert_num_queries(3):  # what the learner chose, in a savepoint
        render(blocks.unit(problems=30, user=ana.pk))


def test_a_unit_of_a_course_that_is_off_costs_no_query(render, django_assert_num_queries):
    curriculum.set_enabled(course=COURSE, enabled=False)
    render(blocks.unit())
    with django_assert_num_queries(0):
        render(blocks.unit())


def test_keys_are_escaped(render, monkeypatch):
    monkeypatch.setattr(openedx, "_originals", lambda: lambda key: '"><script>alert(1)</script>')
    assert "<script>" not in render(blocks.unit()).content


@pytest.mark.parametrize(("project", "warnings"), [("", 0), ("lms", 1)])
def test_without_the_platforms_modulestore_only_copies_out_of_libraries_go_without(
    render, caplog, monkeypatch, project, warnings
):
    monkeypatch.setattr(inside, "project", lambda: project)
    with caplog.at_level(logging.WARNING):
        assert places(render(blocks.unit()))
        assert places(render(blocks.unit()))
    assert len([line for line in caplog.messages if "copies out of libraries" in line]) == warnings


def test_outside_of_the_platform_every_problem_may_be_told():
    assert openedx.may_be_told(problem=problem("add1"))


@pytest.mark.parametrize("broken", ["block", "table", "files"])
def test_whatever_breaks_the_page_stays_with_one_warning(render, caplog, settings, broken, monkeypatch):
    unit: Any = blocks.unit()
    if broken == "block":
        unit = SimpleNamespace()
    elif broken == "table":
        monkeypatch.setattr("metaedu_plugin.curriculum.models.Course._meta.db_table", "not_migrated")
    else:
        settings.STORAGES = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
        }
    # as a request of the platform, which is one transaction and goes on
    with caplog.at_level(logging.WARNING), transaction.atomic():
        assert untouched(render(unit))
        assert untouched(render(unit))
        assert User.objects.count() == 0
    lines = [line for line in caplog.messages if "feedback in units left out" in line]
    assert len(lines) == 1


def test_an_error_that_differs_each_time_is_told_once(render, caplog, monkeypatch):
    numbers = iter(range(100))

    def broken(unit: Any) -> None:
        raise LookupError(f"attempt {next(numbers)}")

    monkeypatch.setattr(openedx, "_addition", broken)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert untouched(render(blocks.unit()))
    assert len([line for line in caplog.messages if "feedback in units left out" in line]) == 1
    assert "attempt 0" in caplog.text


class Theirs(PipelineStep):
    """Of another plugin."""

    def run_filter(self, fragment: Fragment, **rest: Any) -> dict[str, Any]:
        fragment.add_content("<p>theirs</p>")
        return {"fragment": fragment}


def test_steps_of_other_plugins_go_on(render, settings):
    made = SimpleNamespace(
        OPEN_EDX_FILTERS_CONFIG={VerticalBlockRenderCompleted.filter_type: [f"{__name__}.{Theirs.__name__}"]}
    )
    common.plugin_settings(made)
    settings.OPEN_EDX_FILTERS_CONFIG = made.OPEN_EDX_FILTERS_CONFIG
    fragment = render(blocks.unit())
    assert fragment.content.startswith(BEFORE)
    assert fragment.content.index("<p>theirs</p>") < fragment.content.index("me-feedback")
    assert places(fragment)
