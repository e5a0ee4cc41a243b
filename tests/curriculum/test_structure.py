"""A platform course's structure becomes items with a skill per subsection."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from metaedu_plugin.curriculum import api
from metaedu_plugin.curriculum.models import Course
from tests.curriculum.conftest import COURSE

pytestmark = pytest.mark.django_db


def usage(kind: str, name: str) -> str:
    return f"block-v1:river+FDP+2026+type@{kind}+block@{name}"


def structure() -> dict:
    def block(kind: str, name: str, title: str, *children: str, **more: str) -> tuple[str, dict]:
        key = usage(kind, name)
        return key, {
            "id": key,
            "block_id": name,
            "type": kind,
            "display_name": title,
            "children": list(children),
        } | more

    homework_1, homework_2 = usage("sequential", "s1"), usage("sequential", "s2")
    return {
        "root": usage("course", "course"),
        "blocks": dict(
            [
                block("course", "course", "Fractions", usage("chapter", "c1"), usage("chapter", "c2")),
                block("chapter", "c2", "Week 2", homework_2),
                block("chapter", "c1", "Week 1", homework_1),
                block("sequential", "s1", "Homework", usage("vertical", "v1")),
                block("sequential", "s2", "Homework", usage("vertical", "v2")),
                block("vertical", "v1", "Unit", usage("html", "h1"), usage("problem", "a"), usage("problem", "b")),
                block("vertical", "v2", "Unit", usage("problem", "c"), usage("problem", "gone")),
                block("html", "h1", "Read me", lms_web_url="https://lms.example/h1"),
                block("problem", "a", "First", lms_web_url="https://lms.example/a"),
                block("problem", "b", "Second"),
                block("problem", "c", ""),
            ]
        ),
    }


def test_problems_come_in_course_order_with_their_subsections_skill():
    assert api.import_structure(structure=structure()) == api.Counts(items=3, pages=1, new=4)

    assert api.course(key=COURSE).title == "Fractions"
    items = list(api.items(course=COURSE).values())
    assert [item.title for item in items] == ["First", "Second", "c"]
    assert items[0].url == "https://lms.example/a"
    assert items[1].url == f"/courses/{COURSE}/jump_to/{usage('problem', 'b')}"
    assert [item.skills for item in items] == [("unit:Week 1 · Homework",)] * 2 + [("unit:Week 2 · Homework",)]
    assert all(skill.is_unit for skill in api.skills(course=COURSE).values())
    assert api.pages(course=COURSE, skill="unit:Week 1 · Homework")[0].title == "Read me"


def test_what_moves_to_another_subsection_is_about_that_one():
    given = structure()
    given["blocks"][usage("problem", "d")] = {**given["blocks"][usage("problem", "b")], "id": usage("problem", "d")}
    given["blocks"][usage("vertical", "v2")]["children"].append(usage("problem", "d"))
    api.import_structure(structure=given)
    (page,) = api.pages(course=COURSE)
    assert page.skills == ("unit:Week 1 · Homework",)

    given["blocks"][usage("vertical", "v1")]["children"].remove(usage("html", "h1"))
    given["blocks"][usage("vertical", "v2")]["children"].append(usage("html", "h1"))
    api.import_structure(structure=given)
    (page,) = api.pages(course=COURSE)
    assert page.skills == ("unit:Week 2 · Homework",)


def test_subsections_that_change_places_do_so_as_skills():
    given = structure()
    api.import_structure(structure=given)
    assert list(api.skills(course=COURSE)) == ["unit:Week 1 · Homework", "unit:Week 2 · Homework"]
    given["blocks"][usage("course", "course")]["children"].reverse()
    api.import_structure(structure=given)
    assert list(api.skills(course=COURSE)) == ["unit:Week 2 · Homework", "unit:Week 1 · Homework"]


def test_tags_of_an_author_outlive_a_new_structure(write):
    api.import_structure(structure=structure())
    item = usage("problem", "a")
    api.import_csv(
        course=COURSE, skills=write("s.csv", "skill\nparts\n"), items=write("i.csv", f"item,skills\n{item},parts\n")
    )
    api.import_structure(structure=structure())
    assert api.skills_of(course=COURSE, items=[f"{item}#2_1"]) == {f"{item}#2_1": ("parts",)}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({}, "course blocks API"),
        ({"root": "x", "blocks": {}}, "no block 'x'"),
        ({"root": "x", "blocks": {"x": {"type": "course"}}}, "not the usage key"),
        ({"root": usage("course", "course"), "blocks": {usage("course", "course"): {"type": "course"}}}, "no problems"),
        ({"root": "x", "blocks": {"x": {"type": 3}}}, "course blocks API"),
    ],
)
def test_another_shape_is_refused(broken, said):
    with pytest.raises(api.CurriculumError, match=said):
        api.import_structure(structure=broken)
    assert not Course.objects.exists()


def test_blocks_that_name_each_other_end(write):
    looped = structure()
    looped["blocks"][usage("vertical", "v2")]["children"].append(usage("chapter", "c1"))
    assert api.import_structure(structure=looped).items == 3


def test_the_command_takes_structure_tables_and_switch(tmp_path, tables, capsys):
    path = tmp_path / "structure.json"
    path.write_text(json.dumps(structure()), encoding="utf-8")
    call_command(
        "metaedu_curriculum", course=COURSE, structure=str(path), items=str(tables["items"]),
        skills=str(tables["skills"]), enabled=True,
    )  # fmt: skip
    assert api.course(key=COURSE).enabled
    assert len(api.items(course=COURSE)) == 7
    call_command("metaedu_curriculum", list=True)
    assert "enabled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"course": COURSE}, "nothing to do"),
        ({"course": COURSE, "items": "/nowhere.csv"}, "cannot be read"),
        ({"course": COURSE, "structure": "/nowhere.json"}, "cannot be read"),
        ({"course": COURSE, "enabled": True}, "no course"),
    ],
)
def test_the_command_says_what_is_wrong(options, said):
    with pytest.raises(CommandError, match=said):
        call_command("metaedu_curriculum", **options)


def test_the_command_refuses_the_structure_of_another_course(tmp_path):
    path = tmp_path / "structure.json"
    path.write_text(json.dumps(structure()), encoding="utf-8")
    with pytest.raises(CommandError, match="another course"):
        call_command("metaedu_curriculum", course="course-v1:a+b+c", structure=str(path))
