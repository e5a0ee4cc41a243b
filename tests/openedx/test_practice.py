"""The block “practice next” in the real XBlock workbench, in a browser, with the plugin's own API behind it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils.translation import override
from opaque_keys.edx.keys import UsageKey
from web_fragments.fragment import Fragment
from xblock.completable import XBlockCompletionMode
from xblock.core import XBlock
from xblock.plugin import PluginMissingError

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring.xblock import PracticeBlock
from tests.openedx import blocks
from tests.tutoring.conftest import ana, course, stack  # noqa: F401
from tests.tutoring.events import COURSE, answered

SCENARIO = "metaedu_practice.0"
Visit = Callable[..., Any]


def test_the_platform_finds_the_block_by_its_entry_point():
    assert XBlock.load_class("metaedu_practice") is PracticeBlock
    with pytest.raises(PluginMissingError):
        XBlock.load_class("metaedu_no_such_block")


def test_the_block_loads_without_the_apps_as_in_studio():
    script = (
        "import sys; from metaedu_plugin.tutoring.xblock import PracticeBlock;"
        "bad = [m for m in sys.modules if m.endswith('.models') or m.startswith(('torch', 'serving', 'onnx'))];"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)


def placed() -> PracticeBlock:
    """In a unit of the course."""
    unit = blocks.unit()
    return unit.runtime.add(PracticeBlock, blocks.key("metaedu_practice", "p"), inside=unit)


def test_it_is_not_graded_and_has_nothing_to_complete():
    block = placed()
    assert block.has_score is False
    assert XBlockCompletionMode.get_mode(block) == XBlockCompletionMode.EXCLUDED


@pytest.mark.django_db
def test_showing_it_reads_nothing(django_assert_num_queries):
    block = placed()
    with django_assert_num_queries(0):
        fragment = block.student_view({})
    assert fragment.js_init_fn == "MetaeduPractice"
    assert (
        fragment.json_init_args["next"]
        == f"/metaedu/api/v1/courses/{COURSE.replace(':', '%3A').replace('+', '%2B')}/next"
    )


def test_a_title_is_text():
    block = placed()
    block.display_name = "<script>alert(1)</script>"
    assert "<script>" not in block.student_view({}).content
    assert "<script>" not in block.author_view({}).content


def test_authors_are_told_what_it_does():
    said = placed().author_view({}).content
    assert "differs from learner to learner" in said
    assert "as soon as suggestions are switched on" in said


@pytest.fixture
def workbench(settings: Any, monkeypatch: pytest.MonkeyPatch, stack: None) -> None:  # noqa: F811
    """The workbench's app, its table, and blocks that are in a course: the workbench itself has none."""
    import workbench.settings as own

    for name in ("WORKBENCH", "EXCLUDED_XBLOCKS"):
        setattr(settings, name, getattr(own, name))
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "workbench"]
    settings.ROOT_URLCONF = "tests.openedx.workbench_urls"
    from workbench import scenarios
    from workbench.models import XBlockState

    if XBlockState._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(XBlockState)
    monkeypatch.setattr(PracticeBlock, "course", COURSE)
    scenarios.SCENARIOS.clear()
    scenarios.get_scenarios.initialized = True
    scenarios.add_class_scenarios("metaedu_practice", PracticeBlock, fail_silently=False)


@pytest.fixture
def visit(workbench: None, chromium: Any, live_server: Any, course: str, ana: User) -> Iterator[Visit]:  # noqa: F811
    """`visit(view="student_view", signed_in=True)`: the block in the workbench."""
    client = Client()
    client.force_login(ana)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    contexts, errors = [], []

    def opened(view: str = "student_view", *, signed_in: bool = True, width: int = 390) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 844})
        contexts.append(context)
        if signed_in:
            context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/scenario/{SCENARIO}/{view}/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def state(page: Any, name: str) -> str:
    page.locator(f'.me-practice[data-state="{name}"]').wait_for()
    return page.locator(".me-practice").inner_text()


def test_a_learner_sees_the_next_thing_why_and_where(visit, ana):  # noqa: F811
    capture.receive(event=answered(user=ana.pk, right=False))
    page = visit()
    said = state(page, "ready")
    assert "What to practise next" in said
    link = page.locator(".me-practice-go")
    assert link.get_attribute("href").split("/")[3] in {"jump", "courses"}
    assert page.locator(".me-practice-what").inner_text()
    assert (
        page.get_by_role("link", name="My plan")
        .get_attribute("href")
        .endswith("/metaedu/learn/course-v1%3AOwl%2BFRAC1%2B2026/")
    )
    assert page.locator(".me-practice-said").get_attribute("aria-live") == "polite"
    assert page.locator(".me-practice-said").get_attribute("aria-busy") is None
    assert page.locator(".me-practice").evaluate("(box) => box.scrollWidth <= box.clientWidth")


def test_not_now_brings_something_else_and_keeps_the_keyboards_place(visit, ana):  # noqa: F811
    capture.receive(event=answered(user=ana.pk, right=False))
    page = visit()
    state(page, "ready")
    first = page.locator(".me-practice-what").inner_text()
    page.get_by_role("button", name="Not now").press("Enter")
    page.wait_for_function(
        "(was) => { const now = document.querySelector('.me-practice-what'); return now && now.innerText !== was; }",
        arg=first,
    )
    page.wait_for_function("document.querySelector('.me-practice-said').contains(document.activeElement)")


def test_an_answer_on_the_same_page_brings_it_up_to_date(visit, ana):  # noqa: F811
    page = visit()
    state(page, "ready")
    with page.expect_response("**/next"):
        page.evaluate(
            "(course) => document.dispatchEvent(new CustomEvent('metaedu:answered', {detail: {course, problem: 'p'}}))",
            COURSE,
        )


def test_a_course_with_nothing_to_suggest_says_so(visit):
    from metaedu_plugin.curriculum.models import Item, Page

    Item.objects.all().delete()
    Page.objects.all().delete()
    assert "My plan" in state(visit(), "empty")


def test_off_reads_as_off(visit):
    curriculum.set_enabled(course=COURSE, enabled=False)
    assert "not switched on" in state(visit(), "off")


def test_who_switched_it_off_is_told_the_way_back(visit, ana):  # noqa: F811
    capture.choose(user_id=ana.pk, course=COURSE, wanted=capture.Chosen(feedback=False))
    page = visit()
    assert "switched suggestions off" in state(page, "opted-out")
    assert page.get_by_role("link", name="My plan").is_visible()


def test_who_is_not_signed_in_is_told_so(visit):
    assert "Sign in" in state(visit(signed_in=False), "signed-out")


def test_a_failure_says_so_and_can_be_tried_again(visit, monkeypatch):
    def broken(**_: Any) -> None:
        raise RuntimeError("the tutor is broken")

    with monkeypatch.context() as patched:
        patched.setattr("metaedu_plugin.tutoring.guidance.next_action", broken)
        page = visit()
        assert "Your answers are safe" in state(page, "failed")
    page.get_by_role("button", name="Try again").click()
    state(page, "ready")


def test_titles_are_never_run(visit, ana):  # noqa: F811
    import io

    nasty = "<img src=x onerror=window.ran=1>"
    curriculum.import_csv(course=COURSE, skills=io.StringIO(f"skill,title\nadd,{nasty}\nequal,{nasty}\n"))
    page = visit()
    state(page, "ready")
    assert page.evaluate("window.ran") is None


def test_authors_and_studio_in_the_workbench(visit):
    assert "there is no preview" in visit("author_view").locator(".me-practice").inner_text()
    form = visit("studio_view")
    assert form.get_by_text("The heading above the suggestion").count() == 1


def test_keys_of_real_blocks_name_their_course():
    assert placed().course == COURSE
    assert isinstance(placed().scope_ids.usage_id, UsageKey)
    assert isinstance(placed().student_view({}), Fragment)


def test_the_title_speaks_the_readers_language_until_an_author_has_written_one():
    block = placed()
    with override("zh-hans"):
        assert "接下来练什么" in block.student_view({}).content
        block.display_name = "Now you"
        assert "Now you" in block.student_view({}).content
