"""Fall-backs of skills, and the map of a course."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext

from metaedu_plugin.curriculum import api
from metaedu_plugin.curriculum.models import Item, Skill
from serving.types import CourseMap
from tests.curriculum.conftest import COURSE

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(tables):
    api.import_csv(course=COURSE, **tables)
    return COURSE


def test_skills_fall_back_from_part_to_problem_to_unit_to_none(course):
    Item.objects.create(course=Item.objects.first().course, key="p1#3_1", title="Own tag").skills.add(
        Skill.objects.get(key="add")
    )

    assert api.skills_of(course=course, items=["p1#3_1", "p1#2_1", "p1", "p4#2_1", "nobody"]) == {
        "p1#3_1": ("add",),
        "p1#2_1": ("parts",),
        "p1": ("parts",),
        "p4#2_1": ("unit:Week 2",),
        "nobody": (),
    }


def test_items_answer_for_the_keys_asked(course):
    items = api.items(course=course, keys=["p2#2_1", "nobody"])
    assert list(items) == ["p2#2_1"]
    assert items["p2#2_1"].key == "p2#2_1"
    assert (items["p2#2_1"].title, items["p2#2_1"].url) == ("Two names", "/p2")


def test_items_of_another_course_are_not_seen(course, write):
    api.import_csv(course="other", items=write("o.csv", "item\np1\n"))
    assert api.skills_of(course="other", items=["p1"]) == {"p1": ()}


def test_the_map_has_candidates_in_order_prerequisites_and_readable_skills(course):
    found = api.course_map(course=course)
    assert [candidate.item for candidate in found.candidates] == ["p1", "p2", "p3", "p4"]
    assert [candidate.pages for candidate in found.candidates] == [True, True, False, False]
    assert found.candidates[3].skills == ("unit:Week 2",)
    assert found.prerequisites == {"equal": ("parts",), "add": ("parts", "equal")}
    assert found.readable == ("parts",)


def test_an_unknown_course_has_an_empty_map():
    assert api.course_map(course="nowhere") == CourseMap()


def test_the_map_is_kept_for_one_query_and_renewed_after_any_change(course, write, django_assert_num_queries):
    api.course_map(course=course)
    with django_assert_num_queries(1):
        kept = api.course_map(course=course)
    assert api.course_map(course=course) is kept

    api.import_csv(course=course, items=write("i.csv", "item\np5\n"))
    assert [c.item for c in api.course_map(course=course).candidates][-1] == "p5"
    Item.objects.get(key="p5").skills.add(Skill.objects.get(key="add"))
    assert api.course_map(course=course).candidates[-1].skills == ("add",)
    Item.objects.get(key="p5").delete()
    assert [c.item for c in api.course_map(course=course).candidates][-1] == "p4"


def test_a_problem_with_parts_of_its_own_is_offered_by_parts(course, write):
    api.import_csv(course=course, items=write("i.csv", "item\np1#2_1\np1#3_1\n"))
    offered = {candidate.item: candidate.skills for candidate in api.course_map(course=course).candidates}
    assert "p1" not in offered
    assert offered["p1#2_1"] == ("parts",)


def test_the_price_of_skills_does_not_grow_with_the_course(course, write):
    from django.db import connection

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            api.skills_of(course=course, items=["p1#2_1", "p4"])
        return len(seen)

    before = queries()
    api.import_csv(course=course, items=write("i.csv", "item\n" + "".join(f"q{n}\n" for n in range(1200))))
    assert queries() == before <= 2


def test_switching_a_course_on_and_off(course):
    api.set_enabled(course=course, enabled=True)
    assert api.course(key=course).enabled
    api.set_enabled(course=course, enabled=False)
    assert not api.course(key=course).enabled
    with pytest.raises(api.CurriculumError, match="no course"):
        api.set_enabled(course="nowhere", enabled=True)
