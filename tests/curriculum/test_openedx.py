"""The platform's content becomes a course: blocks, tags, start dates, and what is gone is not suggested."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.dispatch import Signal
from django.utils import timezone

from metaedu_plugin import inside
from metaedu_plugin.curriculum import api, maps, openedx, published, tasks
from metaedu_plugin.curriculum.models import Item, Skill
from metaedu_plugin.tutoring import access
from tests.curriculum.blocks import fractions, usage
from tests.curriculum.conftest import COURSE

pytestmark = pytest.mark.django_db
CUSTOM = "ccx-v1:river+FDP+2026+ccx@1"
CUSTOM_BLOCKS = "ccx-block-v1:river+FDP+2026+ccx@1"


@pytest.fixture(autouse=True)
def no_map_of_another_test() -> None:
    """Tests roll back: the next one's course has the same row and revision."""
    maps._kept.clear()


def take(root: Any, **more: Any) -> api.Counts:
    return api.import_structure(structure=openedx.describe(root, **more))


def suggested() -> list[str]:
    return [candidate.item.rpartition("@")[2] for candidate in api.course_map(course=COURSE).candidates]


def test_real_blocks_become_items_and_pages() -> None:
    assert take(fractions()) == api.Counts(items=8, pages=2, new=10)

    course = api.course(key=COURSE)
    assert course is not None
    assert (course.title, course.url, course.ends) == ("Fractions", f"/courses/{COURSE}/", datetime.date(2027, 3, 1))
    assert not course.enabled
    items = api.items(course=COURSE)
    first = items[usage("problem", "a")]
    assert (first.title, first.url) == ("Half a cake", f"/courses/{COURSE}/jump_to/{usage('problem', 'a')}")
    assert first.skills == ("unit:Week 1 · Homework",)
    assert items[usage("problem", "b")].title == "b"
    assert usage("drag-and-drop-v2", "drag") in items
    assert usage("poll", "poll") not in items
    assert [page.title for page in api.pages(course=COURSE)] == ["Read me", "A film"]


def test_only_what_every_learner_can_open_is_suggested() -> None:
    take(fractions())
    assert suggested() == ["a", "b", "drag", "late"]


def test_what_starts_later_is_suggested_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    soon = timezone.now() + datetime.timedelta(hours=1)
    take(fractions(later=soon))
    assert suggested() == ["a", "b", "drag"]
    assert [page.title for page in api.pages(course=COURSE)] == ["Read me"]
    monkeypatch.setattr(timezone, "now", lambda: soon + datetime.timedelta(seconds=1))
    assert suggested() == ["a", "b", "drag", "late"]
    assert len(api.pages(course=COURSE)) == 2


def test_what_the_course_has_no_longer_keeps_its_row_and_its_tags_and_comes_back() -> None:
    take(fractions())
    gone = usage("problem", "a")
    skill = Skill.objects.create(course=Item.objects.get(key=gone).course, key="cake", title="Cakes")
    Item.objects.get(key=gone).skills.add(skill)
    take(fractions(without="a"))
    assert suggested() == ["b", "drag", "late"]
    assert gone not in api.items(course=COURSE)
    assert api.items(course=COURSE, keys=[f"{gone}#2_1"])[f"{gone}#2_1"].title == "Half a cake"
    take(fractions())
    assert suggested() == ["a", "b", "drag", "late"]
    assert api.skills_of(course=COURSE, items=[gone]) == {gone: ("cake",)}


def test_an_author_s_own_items_and_pages_stay(tables: dict[str, Path]) -> None:
    api.import_csv(course=COURSE, **tables)
    take(fractions())
    assert {"p1", "p2", "p3", "p4"} < set(api.items(course=COURSE))
    assert "Reading a fraction" in [page.title for page in api.pages(course=COURSE)]


def test_an_emptied_course_suggests_nothing() -> None:
    take(fractions())
    root = fractions()
    root.children = []
    assert take(root).items == 0
    assert suggested() == []


def test_a_library_s_copy_is_the_item_that_its_answers_count_for() -> None:
    original = "lib-block-v1:river+L1+type@problem+block@x"
    take(fractions(), original=lambda key: original if key.block_id == "a" else "")
    assert api.items(course=COURSE)[original].url.endswith(usage("problem", "a"))
    assert usage("problem", "a") not in api.items(course=COURSE)


def test_tags_are_the_skills_of_a_block_and_of_what_is_below_it() -> None:
    tags = {usage("problem", "a"): ["Halves", "Cakes"], usage("vertical", "v2"): ["Sorting"]}
    take(fractions(), tags=tags)
    items = api.items(course=COURSE)
    assert items[usage("problem", "a")].skills == ("tag:Halves", "tag:Cakes")
    assert items[usage("drag-and-drop-v2", "drag")].skills == ("tag:Sorting",)
    assert items[usage("problem", "b")].skills == ("unit:Week 1 · Homework",)
    assert api.skills(course=COURSE)["tag:Halves"].title == "Halves"


def test_a_tag_that_was_taken_away_is_gone_and_the_author_s_are_not(tables: dict[str, Path]) -> None:
    api.import_csv(course=COURSE, **tables)
    take(fractions(), tags={usage("problem", "a"): ["Halves"]})
    take(fractions(), tags={})
    assert api.skills_of(course=COURSE, items=[usage("problem", "a"), "p1"]) == {
        usage("problem", "a"): ("unit:Week 1 · Homework",),
        "p1": ("parts",),
    }
    assert "tag:Halves" not in api.skills(course=COURSE)


def test_reading_twice_changes_nothing() -> None:
    take(fractions(), tags={usage("problem", "a"): ["Halves"]})
    before = (api.items(course=COURSE), api.pages(course=COURSE), api.skills(course=COURSE))
    assert take(fractions(), tags={usage("problem", "a"): ["Halves"]}).new == 0
    assert (api.items(course=COURSE), api.pages(course=COURSE), api.skills(course=COURSE)) == before


def test_without_a_platform_the_command_says_where_to_run_it() -> None:
    with pytest.raises(CommandError, match=r"manage\.py cms"):
        call_command("metaedu_curriculum", course=COURSE, read=True)
    with pytest.raises(CommandError, match=r"manage\.py cms"):
        call_command("metaedu_curriculum", read_all=True)


class Platform:
    """Stands where the platform's modules stand: a modulestore that hands out real blocks, and its signal."""

    def __init__(self) -> None:
        self.published: Any = fractions()
        self.course_published = Signal()
        self.flags: set[str] = set()

    def get_course(self, key: Any, depth: int | None = 0) -> Any:
        return self.published if str(key) == COURSE else None

    def get_course_summaries(self) -> list[Any]:
        return [types.SimpleNamespace(id=key) for key in (COURSE, "course-v1:river+gone+1")]

    @contextlib.contextmanager
    def branch_setting(self, branch: str, key: Any) -> Iterator[None]:
        assert branch == "published-only"
        yield

    @contextlib.contextmanager
    def bulk_operations(self, key: Any, emit_signals: bool = True) -> Iterator[None]:
        assert not emit_signals
        yield


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Platform]:
    """The names that the adapter looks up; tests/lms does the same with the real ones."""
    made = Platform()
    flags = made.flags

    class CourseWaffleFlag:
        def __init__(self, name: str, module: str) -> None:
            self.name = name

        def is_enabled(self, key: Any) -> bool:
            return f"{self.name} {key}" in flags

    there = {
        "xmodule": {},
        "xmodule.modulestore": {},
        "xmodule.modulestore.django": {"modulestore": lambda: made, "SignalHandler": made},
        "openedx.core.djangoapps.waffle_utils": {"CourseWaffleFlag": CourseWaffleFlag},
    }
    for name, members in there.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(inside, "project", lambda: "lms")
    openedx._flag.cache_clear()
    cache.clear()
    yield made
    openedx._flag.cache_clear()


def test_the_command_reads_a_course_or_all_of_them(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("metaedu_curriculum", course=COURSE, read=True)
    assert "8 items, 2 pages read; 10 of them new" in capsys.readouterr().out
    with pytest.raises(CommandError, match="1 courses could not be read"):
        call_command("metaedu_curriculum", read_all=True)
    assert "the platform has no course 'course-v1:river+gone+1'" in capsys.readouterr().out


def test_publishing_queues_one_reading_after_the_commit(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    queued: list[Any] = []
    monkeypatch.setattr(tasks.read, "apply_async", lambda **given: queued.append(given))
    openedx.connect(publish=published.published)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            platform.course_published.send(sender=None, course_key=COURSE)
        platform.course_published.send(sender=None, course_key=CUSTOM)
        platform.course_published.send(sender=None, course_key="library-v1:river+FDP")
        assert not queued
    assert queued == [{"args": [key], "countdown": published.DELAY, "retry": False} for key in (COURSE, CUSTOM)]
    tasks.read(COURSE)
    assert len(api.items(course=COURSE)) == 8
    with django_capture_on_commit_callbacks(execute=True):
        platform.course_published.send(sender=None, course_key=COURSE)
    assert len(queued) == 3


def test_a_broker_that_is_away_does_not_hinder_publishing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def away(**_: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.read, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        published.published(COURSE)
    assert "metaedu_curriculum --course" in caplog.text


def test_a_course_that_cannot_be_read_is_told_and_not_tried_again(platform: Platform, caplog: Any) -> None:
    tasks.read("course-v1:river+gone+1")
    assert "the platform has no course" in caplog.text


def test_the_platform_s_flag_switches_a_course_on_as_well(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    take(fractions())
    with pytest.raises(access.SwitchedOff):
        access.open_course(key=COURSE)
    platform.flags.add(f"{openedx.FLAG} {COURSE}")
    assert access.open_course(key=COURSE).enabled
    call_command("metaedu_curriculum", course=COURSE, enabled=False)
    assert "still on, by the platform's flag" in capsys.readouterr().out
    platform.flags.clear()
    api.set_enabled(course=COURSE, enabled=True)
    assert access.open_course(key=COURSE).enabled


def test_a_name_that_is_no_course_of_the_platform_has_no_flag(platform: Platform) -> None:
    assert not openedx.flag_is_on(course="algebra")


def test_a_module_that_has_moved_costs_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(inside, "project", lambda: "cms")
    inside._warn.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            openedx.connect(publish=published.published)
    assert caplog.text.count("new content at each publishing is left out") == 1


def test_outside_of_the_platform_nobody_is_warned(caplog: Any) -> None:
    openedx.connect(publish=published.published)
    assert not openedx.flag_is_on(course=COURSE)
    assert openedx.tags(course=COURSE) is None
    assert not caplog.records


def test_tags_are_read_from_the_platform_s_own_tables(tmp_path: Path) -> None:
    """In a process of its own: the platform's tagging is a Django app, which the tests' settings do not have."""
    pytest.importorskip("openedx_tagging")
    script = Path(__file__).parent / "tagged.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["Adding", "Halves", "none"]


def test_a_custom_course_is_as_its_coach_has_it() -> None:
    """What the coach hides and names is nowhere in the blocks."""
    changed = {("chapter", "visible_to_staff_only"): True, ("course", "display_name"): "For the third class"}

    def field(block: Any, name: str) -> Any:
        return changed.get((block.scope_ids.block_type, name), getattr(block, name, None))

    structure = openedx.describe(fractions(), field=field)
    custom = json.loads(json.dumps(structure, default=str).replace("block-v1:river+FDP+2026", CUSTOM_BLOCKS))
    api.import_structure(structure=custom)

    course = api.course(key=CUSTOM)
    assert course is not None
    assert course.title == "For the third class"
    assert len(api.items(course=CUSTOM)) == 8
    assert api.course_map(course=CUSTOM).candidates == ()


def test_a_custom_course_is_read_inside_the_lms_alone(platform: Platform) -> None:
    with pytest.raises(api.CurriculumError, match=r"manage\.py lms"):
        openedx.structure(course=CUSTOM)
