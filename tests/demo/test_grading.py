"""Every kind of input: right, wrong, partly right, and what cannot be graded."""

from __future__ import annotations

import pytest

from deploy.demo import grading, numbers
from tests.demo.conftest import find, form, key


@pytest.mark.parametrize("problem", ["parts-1", "parts-2", "parts-3", "parts-4", "parts-5", "converting-6"])
def test_the_key_is_right(course, problem):
    found = find(course, problem)
    graded = grading.grade(found, key(found))
    assert graded.right
    assert graded.grade == graded.max_grade == len(found.part)


def test_a_wrong_choice_is_wrong(course):
    graded = grading.grade(find(course, "parts-1"), form(find(course, "parts-1"), "{3/10}"))
    mark = graded.marks["parts-1_2_1"]
    assert (mark.correctness, mark.points, mark.answer, mark.shown) == ("incorrect", 0.0, "choice_0", "3/10")


def test_a_dropdown_answers_with_its_text(course):
    mark = grading.grade(find(course, "parts-2"), form(find(course, "parts-2"), "{5/6}")).marks["parts-2_2_1"]
    assert (mark.correctness, mark.answer) == ("correct", "5/6")


@pytest.mark.parametrize(
    ("chosen", "correctness", "points"),
    [
        (["{4/6}", "{10/15}", "{14/21}"], "correct", 1.0),
        (["{4/6}", "{10/15}"], "partially-correct", 0.6),
        (["{4/6}", "{10/15}", "{14/21}", "{5/6}"], "partially-correct", 0.6),
        (["{4/6}"], "partially-correct", 0.2),
        (["{5/6}"], "incorrect", 0.0),
        (["{4/6}", "{5/6}", "{10/15}", "{6/10}", "{14/21}"], "partially-correct", 0.2),
    ],
)
def test_checkboxes_give_partial_credit(course, chosen, correctness, points):
    found = find(course, "equivalent-4")
    graded = grading.grade(found, form(found, chosen))
    mark = graded.marks["equivalent-4_2_1"]
    assert (mark.correctness, mark.points) == (correctness, points)
    assert graded.right is (correctness == "correct")


@pytest.mark.parametrize(
    ("written", "right"),
    [("0.83", True), ("0,83", True), ("0.834", True), ("5/6", True), ("0.84", False), ("-0.83", False)],
)
def test_numbers_have_a_tolerance(course, written, right):
    found = find(course, "converting-6")
    assert grading.grade(found, form(found, written)).right is right


@pytest.mark.parametrize("written", ["3/4", "0.75", "6/8", "75 %"[:-2] + "/100", " 0.750 "])
def test_a_number_may_be_written_in_several_ways(course, written):
    found = find(course, "multiplying-5")
    assert grading.grade(found, form(found, "3/8", written)).right


def test_parts_are_graded_apart(course):
    found = find(course, "comparing-3")
    graded = grading.grade(found, form(found, "9", "11", "{5/6}"))
    assert [mark.correctness for mark in graded.marks.values()] == ["correct", "incorrect", "correct"]
    assert (graded.grade, graded.max_grade, graded.right) == (2, 3, False)


@pytest.mark.parametrize("values", [{}, {"parts-1_2_1": []}, {"parts-1_2_1": ["choice_9"]}, {"parts-1_2_1": ["x"]}])
def test_what_cannot_be_graded_is_sent_back(course, values):
    with pytest.raises(grading.Incomplete) as error:
        grading.grade(find(course, "parts-1"), values)
    assert list(error.value.parts) == ["parts-1_2_1"]


@pytest.mark.parametrize("text", ["", "abc", "1/0", "1 2", "--1", "1e9", "9" * 60, "٣/", "1/2/3", "nan", "inf"])
def test_what_is_no_number_is_sent_back(course, text):
    with pytest.raises(grading.Incomplete):
        grading.grade(find(course, "converting-6"), {"converting-6_2_1": [text]})


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 1/2", 1.5), ("1,200", 1200), ("1,5", 1.5), ("€5.05", 5.05), ("75 %", 75), (".5", 0.5), ("-3/4", -0.75)],
)
def test_numbers_as_people_write_them(text, value):
    assert float(numbers.parse(text)) == value
