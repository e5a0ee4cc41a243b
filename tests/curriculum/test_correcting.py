"""What those who teach correct by hand."""

import io

import pytest

from metaedu_plugin.curriculum import api, maps
from metaedu_plugin.curriculum.models import Course, Item, Page, Skill

pytestmark = pytest.mark.django_db
COURSE = "c"


@pytest.fixture(autouse=True)
def course():
    maps._kept.clear()  # a rolled back test's course had this one's number
    row = Course.objects.create(key=COURSE, title="Course")
    skills = [Skill.objects.create(course=row, key=f"s{n}", title=f"S{n}", position=n) for n in range(2)]
    for n, key in enumerate(["a", "b", "b#2", "c"]):
        Item.objects.create(course=row, key=key, title=key, position=n).skills.add(skills[0])


def suggested():
    return [one.item for one in api.course_map(course=COURSE).candidates]


def test_a_faulty_item_is_never_suggested_until_the_mark_is_taken_back():
    assert suggested() == ["a", "b#2", "c"]
    api.mark_faulty(course=COURSE, item="a")
    api.mark_faulty(course=COURSE, item="a")
    assert api.faulty_items(course=COURSE) == {"a"} and suggested() == ["b#2", "c"]
    api.mark_faulty(course=COURSE, item="a", faulty=False)
    assert not api.faulty_items(course=COURSE) and suggested() == ["a", "b#2", "c"]


@pytest.mark.parametrize(("marked", "left"), [("b", ["a", "c"]), ("b#1", ["a", "c"]), ("c#2_1", ["a", "b#2"])])
def test_with_one_part_the_whole_problem_goes(marked, left):
    api.mark_faulty(course=COURSE, item=marked)
    assert suggested() == left


def test_the_mark_outlives_an_import():
    api.mark_faulty(course=COURSE, item="a")
    api.import_csv(course=COURSE, items=io.StringIO("item,title,skills\na,New,s1\n"))
    assert "a" not in suggested() and api.items(course=COURSE)["a"].title == "New"


def test_an_item_gets_other_tags_and_a_part_without_an_entry_its_problem_s():
    api.retag(course=COURSE, item="a", skills=("s1",))
    api.retag(course=COURSE, item="c#9_1", skills=("s0", "s1"))
    told = api.skills_of(course=COURSE, items=["a", "c", "c#9_1"])
    assert told == {"a": ("s1",), "c": ("s0", "s1"), "c#9_1": ("s0", "s1")}


@pytest.mark.parametrize(("item", "skills"), [("a", ("nowhere",)), ("nowhere", ("s0",))])
def test_unknown_names_change_nothing(item, skills):
    with pytest.raises(api.CurriculumError, match="nowhere"):
        api.retag(course=COURSE, item=item, skills=skills)
    assert api.skills_of(course=COURSE, items=["a"]) == {"a": ("s0",)}
    assert Item.objects.count() == 4


def test_a_page_is_about_all_the_skills_that_it_was_added_to():
    api.add_page(course=COURSE, skill="s0", url=" https://example.org/a ", title="A")
    api.add_page(course=COURSE, skill="s1", url="https://example.org/a", title="A again")
    assert [(one.title, one.url, one.skills) for one in api.pages(course=COURSE)] == [
        ("A again", "https://example.org/a", ("s0", "s1"))
    ]
    assert "s1" in api.course_map(course=COURSE).readable


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "no address", ""])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(api.CurriculumError, match="http"):
        api.add_page(course=COURSE, skill="s0", url=url, title="A")
    assert not Page.objects.exists()


def test_every_change_raises_the_revision():
    before = api.revision(course=COURSE)
    api.mark_faulty(course=COURSE, item="a")
    api.retag(course=COURSE, item="a", skills=("s1",))
    api.add_page(course=COURSE, skill="s0", url="/a", title="A")
    assert api.revision(course=COURSE) >= before + 3
    assert api.revision(course="unheard") == 0


def test_a_course_that_nobody_has_heard_of_is_refused():
    for change in (
        lambda: api.mark_faulty(course="unheard", item="a"),
        lambda: api.retag(course="unheard", item="a", skills=()),
        lambda: api.add_page(course="unheard", skill="s0", url="/a", title="A"),
    ):
        with pytest.raises(api.CurriculumError, match="unheard"):
            change()
