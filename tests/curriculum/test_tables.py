"""CSV tables: taken in as a whole, or refused as a whole with a text that says what to do."""

from __future__ import annotations

import io

import pytest

from metaedu_plugin.curriculum import api
from metaedu_plugin.curriculum.models import Course, Item, Page, Skill
from tests.curriculum.conftest import COURSE, SKILLS

pytestmark = pytest.mark.django_db


def test_tables_become_a_course(tables):
    counts = api.import_csv(course=COURSE, **tables)

    assert counts == api.Counts(skills=3, items=4, pages=1, new=8)
    assert api.course(key=COURSE) == api.CourseInfo(key=COURSE, title=COURSE)
    assert api.skills(course=COURSE)["add"].prerequisites == ("parts", "equal")
    assert api.items(course=COURSE)["p1"] == api.ItemInfo(
        key="p1", title="Half a cake", url="/p1", unit="Week 1", position=1, minutes=1.5, hints=2, skills=("parts",)
    )
    assert api.pages(course=COURSE) == [
        api.PageInfo(title="Reading a fraction", url="/read/1", minutes=3.0, skills=("parts",))
    ]
    assert api.pages(course=COURSE, skill="add") == []


def test_options_have_texts_and_a_part_reads_its_problems(write):
    table = 'item,options\np1,"{""choice_0"": ""1/2"", ""choice_1"": ""5; 6""}"\np2,\n'
    api.import_csv(course=COURSE, items=write("items.csv", table))
    found = api.items(course=COURSE, keys=["p1", "p1#2_1", "p2"])
    assert [found[key].options for key in found] == [{"choice_0": "1/2", "choice_1": "5; 6"}] * 2 + [{}]
    api.import_csv(course=COURSE, items=write("items.csv", "item,title\np1,One\n"))
    assert api.items(course=COURSE)["p1"].options


def test_importing_twice_changes_nothing(tables):
    api.import_csv(course=COURSE, **tables)
    before = (api.items(course=COURSE), api.skills(course=COURSE), api.pages(course=COURSE))
    ids = set(Item.objects.values_list("pk", flat=True))

    assert api.import_csv(course=COURSE, **tables).new == 0
    assert (api.items(course=COURSE), api.skills(course=COURSE), api.pages(course=COURSE)) == before
    assert set(Item.objects.values_list("pk", flat=True)) == ids


def test_a_second_table_replaces_tags_and_leaves_what_it_does_not_name(tables, write):
    api.import_csv(course=COURSE, **tables)
    api.import_csv(course=COURSE, items=write("items.csv", "item,skills\np1,equal\np4,add\n"))

    items = api.items(course=COURSE)
    assert items["p1"].skills == ("equal",)
    assert items["p1"].title == "Half a cake"
    assert items["p4"].skills == ("add",)
    assert not Skill.objects.filter(is_unit=True).exists()


def test_open_text_is_taken_like_a_file():
    assert api.import_csv(course=COURSE, skills=io.StringIO(SKILLS)).skills == 3


def test_a_byte_order_mark_of_a_spreadsheet_does_no_harm(tmp_path):
    path = tmp_path / "skills.csv"
    path.write_bytes(SKILLS.encode("utf-8-sig"))
    assert api.import_csv(course=COURSE, skills=path).skills == 3


@pytest.mark.parametrize(
    ("table", "content", "said"),
    [
        ("items", b"", "is empty"),
        ("items", b"item,title\n", "no rows"),
        ("items", b"name,title\np1,One\n", "no column 'item'"),
        ("items", b"item;title\np1;One\n", "commas"),
        ("items", "item,title\np1,Größe\n".encode("latin-1"), "not UTF-8"),
        ("items", b"item,title\np1,\x00\n", "not a text file"),
        ("items", b"item,skills\np1,unheard\n", "names the skill 'unheard'"),
        ("items", b"item\np1\np1\n", "occurs twice"),
        ("items", b"item,title\n,No key\n", "is empty"),
        ("items", b"item,minutes\np1,soon\n", "'minutes' must be a number"),
        ("items", b"item,minutes\np1,nan\n", "'minutes' must be a number"),
        ("items", b"item,hints\np1,-2\n", "'hints' must be a number"),
        ("items", b"item,options\np1,a;b\n", "'options' must be a JSON object"),
        ("items", b'item,options\np1,"[""a""]"\n', "'options' must be a JSON object"),
        ("items", b"item,title\n" + b"k" * 300 + b",Long\n", "longer than 255"),
        ("items", b'item,title\np1,"open\n', "not readable as CSV"),
        ("skills", b"skill,prerequisites\na,b\nb,c\nc,a\n", "circle"),
        ("skills", b"skill,prerequisites\na,a\n", "circle"),
        ("skills", b"skill,prerequisites\na,nowhere\n", "names the skill 'nowhere'"),
        ("pages", b"url,skills\n/read,unheard\n", "names the skill 'unheard'"),
    ],
)
def test_a_bad_table_is_refused_and_nothing_is_written(tmp_path, table, content, said):
    path = tmp_path / f"{table}.csv"
    path.write_bytes(content)

    with pytest.raises(api.CurriculumError, match=said):
        api.import_csv(course=COURSE, **{table: path})
    assert not Course.objects.exists()


def test_a_bad_second_table_leaves_the_course_as_it_was(tables, write):
    api.import_csv(course=COURSE, **tables)
    before = (api.items(course=COURSE), api.skills(course=COURSE))

    with pytest.raises(api.CurriculumError):
        api.import_csv(
            course=COURSE,
            skills=write("s.csv", "skill,title,prerequisites\nparts,Renamed,add\n"),
            items=write("i.csv", "item,title\nnew,New\n"),
        )
    assert (api.items(course=COURSE), api.skills(course=COURSE)) == before
    assert Page.objects.count() == 1


def test_all_mistakes_are_said_at_once(write):
    with pytest.raises(api.CurriculumError) as error:
        api.import_csv(course=COURSE, items=write("items.csv", "item,minutes\np1,x\np2,y\n,3\n"))
    assert len(error.value.problems) == 3
    assert "line 3" in str(error.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(api.CurriculumError, match="cannot be read"):
        api.import_csv(course=COURSE, items=tmp_path / "none.csv")
