"""What shows up in responses before anybody described it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from metaedu_plugin.curriculum import api, receivers
from metaedu_plugin.curriculum.models import Course, Item
from tests.curriculum.conftest import COURSE

pytestmark = pytest.mark.django_db
BLOCK = "block-v1:river+FDP+2026+type@problem+block@cake"


def captured(*items: str, course: str = COURSE) -> list[SimpleNamespace]:
    return [SimpleNamespace(course=course, item=item) for item in items]


def test_an_unheard_course_gets_a_row_that_is_not_enabled():
    receivers.on_responses_captured(responses=captured(f"{BLOCK}#2_1", f"{BLOCK}#3_1", f"{BLOCK}#2_1"))

    assert api.course(key=COURSE) == api.CourseInfo(key=COURSE, title=COURSE, enabled=False)
    items = api.items(course=COURSE)
    assert [item.title for item in items.values()] == ["cake (2_1)", "cake (3_1)"]
    assert items[f"{BLOCK}#2_1"].url == f"/courses/{COURSE}/jump_to/{BLOCK}"
    assert items[f"{BLOCK}#2_1"].skills == ()


def test_a_known_batch_costs_two_queries(django_assert_num_queries):
    responses = captured(*(f"{BLOCK}{n}#2_1" for n in range(300)))
    receivers.on_responses_captured(responses=responses)
    with django_assert_num_queries(2):
        receivers.on_responses_captured(responses=responses)
    assert Item.objects.count() == 300


def test_a_part_takes_over_what_its_problem_says(tables):
    api.import_csv(course=COURSE, **tables)
    receivers.on_responses_captured(responses=captured("p2#2_1"))
    item = api.items(course=COURSE)["p2#2_1"]
    assert (item.title, item.url, item.position, item.hints) == ("Two names", "/p2", 2, 1)
    assert item.skills == ("parts", "equal")


def minutes() -> dict[str, float]:
    return {key: item.minutes for key, item in api.items(course=COURSE).items() if "#" in key}


def test_parts_share_the_minutes_of_their_problem(tables):
    api.import_csv(course=COURSE, **tables)
    whole = api.items(course=COURSE)["p1"].minutes
    receivers.on_responses_captured(responses=captured("p1#2_1", "p1#3_1", "p1#4_1", f"{BLOCK}#2_1", f"{BLOCK}#3_1"))
    assert minutes() == {f"p1#{n}_1": whole / 3 for n in (2, 3, 4)} | {f"{BLOCK}#{n}_1": 1 for n in (2, 3)}
    assert sum(each.minutes for each in api.course_map(course=COURSE).candidates if each.item[:2] == "p1") == whole


def test_a_part_that_shows_up_later_makes_the_shares_smaller_but_not_an_authors(tables, write):
    api.import_csv(course=COURSE, **tables)
    whole = api.items(course=COURSE)["p1"].minutes
    receivers.on_responses_captured(responses=captured("p1#2_1", "p1#3_1"))
    api.import_csv(course=COURSE, items=write("i.csv", "item,minutes\np1#2_1,7\n"))
    receivers.on_responses_captured(responses=captured("p1#4_1"))
    assert minutes() == {"p1#2_1": 7, "p1#3_1": whole / 3, "p1#4_1": whole / 3}


def test_imported_data_brings_its_skills():
    receivers.on_item_skills_found(course="assist", item_skills={"1": ("area", "angles"), "2": ("area",), "3": ()})
    assert api.skills_of(course="assist", items=["1", "2", "3"]) == {"1": ("area", "angles"), "2": ("area",), "3": ()}
    assert list(api.skills(course="assist")) == ["area", "angles"]


def test_imported_tags_never_replace_an_authors(tables):
    api.import_csv(course=COURSE, **tables)
    receivers.on_item_skills_found(course=COURSE, item_skills={"p1": ("Other",), "p4": ("Other",)})
    assert api.skills_of(course=COURSE, items=["p1", "p4"]) == {"p1": ("parts",), "p4": ("Other",)}


def test_a_failure_stays_here(monkeypatch):
    monkeypatch.setattr(receivers.discovery, "note_items", lambda **_: 1 / 0)
    receivers.on_responses_captured(responses=captured("x"))
    assert not Course.objects.exists()


def test_captures_signals_arrive():
    from metaedu_plugin.capture import api as capture

    capture.responses_captured.send(sender=None, responses=captured("x"))
    capture.item_skills_found.send(sender=None, course=COURSE, item_skills={"x": ("s",)})
    assert api.skills_of(course=COURSE, items=["x"]) == {"x": ("s",)}
