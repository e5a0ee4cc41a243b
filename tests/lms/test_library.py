"""What is drawn out of a library for each learner: the old block that copies a library, and today's item bank."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from metaedu_plugin.curriculum import api as curriculum
from tests.lms.course import Course, add_problem
from tests.lms.test_answers import rows
from tests.lms.test_hooks import asked, edit, places

READ = {"display_name": "Read first", "data": "<p>Read</p>"}


def legacy(course: Course, number: int) -> dict[str, Any]:
    """A library of a problem, a text and drag and drop, all drawn; original and copy by type."""

    def place(store: Any, author: int) -> tuple[list[Any], list[Any]]:
        library = store.create_library("metaedu", f"Drawn{number}", author, fields={"display_name": "A library"})
        originals = [
            add_problem(store, author, library.location, "capital"),
            store.create_child(author, library.location, "html", fields=READ),
            store.create_child(author, library.location, "drag-and-drop-v2", fields={"display_name": "Sort it"}),
        ]
        keys = [original.location for original in originals]
        bank = store.create_child(author, course.unit, "library_content", fields={"display_name": "Bank"})
        bank.max_count = -1
        store.update_item(bank, author)
        return keys, store.copy_from_template(keys, bank.location, author)

    originals, copies = edit(course, place)
    by_type = {copied.block_type: copied.for_branch(None) for copied in copies}
    return {key.block_type: (key.for_branch(None), by_type[key.block_type]) for key in originals}


def bank(course: Course) -> list[Any]:
    """An item bank of two problems and a text, of which each learner gets two."""

    def place(store: Any, author: int) -> list[Any]:
        made = store.create_child(
            author, course.unit, "itembank", fields={"display_name": "Bank of items", "max_count": 2}
        )
        keys = [
            store.create_child(
                author, made.location, "problem", block_id=f"drawn-{name}", fields={"data": data, "display_name": name}
            ).location
            for name, data in (("one", ONE), ("two", TWO))
        ]
        return [*keys, store.create_child(author, made.location, "html", fields=READ).location]

    return edit(course, place)


ONE = '<problem><numericalresponse answer="1"><label>1</label><formulaequationinput/></numericalresponse></problem>'
TWO = '<problem><numericalresponse answer="2"><label>2</label><formulaequationinput/></numericalresponse></problem>'


def suggested(course: Course) -> set[str]:
    return {candidate.item for candidate in curriculum.course_map(course=str(course)).candidates}


def test_answers_to_a_copy_are_answers_to_the_original(course: Any, learner: Any, numbers: Any) -> None:
    blocks = legacy(course, next(numbers))
    original, copied = blocks["problem"]

    (problem,) = [problem for problem, block in places(learner, course) if block == str(copied)]
    assert problem == str(original)
    assert learner.answer(copied, part_2_1="choice_1") == "correct"

    (row,) = rows(course, learner)
    assert (row.problem, row.item, row.correct) == (str(original), f"{original}#2_1", True)
    assert asked(learner, course, problem) == "ready"
    known = curriculum.items(course=str(course))
    assert known[str(original)].title == "About capital"
    assert str(copied) not in known
    # Not everybody is given it, so it is suggested to nobody.
    assert str(original) not in suggested(course)


def test_other_blocks_of_a_library_are_those_of_the_course(course: Any, learner: Any, numbers: Any) -> None:
    blocks = legacy(course, next(numbers))
    _, sorting = blocks["drag-and-drop-v2"]
    _, text = blocks["html"]

    address = f"/courses/{course}/xblock/{quote(str(sorting), safe='')}/handler/drop_item"
    drop = {"val": 0, "zone": "top", "x_percent": "33%", "y_percent": "11%"}
    answer = learner.client.post(address, json.dumps(drop), content_type="application/json")
    assert answer.status_code == 200, answer.content

    found = rows(course, learner)
    assert {row.item for row in found} == {str(sorting)}
    assert str(sorting) in curriculum.items(course=str(course))
    assert str(sorting) not in suggested(course)
    offered = [page.url for page in curriculum.pages(course=str(course))]
    assert not any(str(text) in url for url in offered)


def test_an_item_bank_gives_each_learner_some(course: Any, learner: Any) -> None:
    blocks = {str(key) for key in bank(course)}

    drawn = [(problem, block) for problem, block in places(learner, course) if problem in blocks]
    assert 1 <= len(drawn) <= 2
    # Its problems are the course's own: the platform names no original of them.
    assert all(problem == block for problem, block in drawn)

    key = next(key for key in bank_keys(course) if str(key) == drawn[0][0])
    right = "1" if "one" in str(key) else "2"
    assert learner.answer(key, part_2_1=right) == "correct"
    (row,) = rows(course, learner)
    assert (row.problem, row.item, row.correct) == (str(key), f"{key}#2_1", True)
    assert asked(learner, course, str(key)) == "ready"
    assert blocks & set(curriculum.items(course=str(course)))
    assert not blocks & suggested(course)


def bank_keys(course: Course) -> list[Any]:
    from xmodule.modulestore.django import modulestore

    return [block.location for block in modulestore().get_items(course.key, qualifiers={"category": "problem"})]


@pytest.mark.parametrize("kind", ["library_content", "itembank"])
def test_an_empty_bank_disturbs_nobody(course: Any, learner: Any, kind: str) -> None:
    edit(course, lambda store, author: store.create_child(author, course.unit, kind))
    assert len(places(learner, course)) == 3
