"""The authored course: complete, consistent, and its answer keys recomputed."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from fractions import Fraction

import pytest

from deploy.demo import content, grading, markup, numbers
from metaedu_plugin.curriculum import api as curriculum

COURSE = content.course()
PROBLEMS = COURSE.problems()
NUMERIC = [
    pytest.param(part, id=name) for _, problem in PROBLEMS for name, part in problem.inputs() if part.kind == "numeric"
]
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
FUNCTIONS = {"numerator": lambda value: value.numerator, "denominator": lambda value: value.denominator}


def compute(expression: str) -> Fraction:
    """The expression in exact fractions."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            return Fraction(str(node.value))
        if isinstance(node, ast.BinOp):
            return Fraction(OPERATORS[type(node.op)](value(node.left), value(node.right)))
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        return Fraction(FUNCTIONS[node.func.id](value(node.args[0])))

    return value(ast.parse(expression, mode="eval").body)


def test_the_course_has_the_promised_size():
    assert 8 <= len(COURSE.units) <= 10
    assert len(PROBLEMS) == 60
    assert {part.kind for _, problem in PROBLEMS for part in problem.part} == set(grading.KINDS)
    assert sum(len(problem.part) > 1 for _, problem in PROBLEMS) >= 10


def test_every_id_occurs_once():
    assert max(Counter(problem.id for _, problem in PROBLEMS).values()) == 1
    assert max(Counter(problem.title for _, problem in PROBLEMS).values()) == 1


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.key)
def test_every_unit_has_a_page_and_problems(unit):
    words = len(markup.plain(unit.page.text).split())
    assert 100 <= words <= 250
    assert "Worked example" in unit.page.text
    assert len(unit.problem) >= 5
    earlier = [known.key for known in COURSE.units[: COURSE.units.index(unit)]]
    assert set(unit.prerequisites) <= set(earlier)


@pytest.mark.parametrize("problem", [p for _, p in PROBLEMS], ids=lambda problem: problem.id)
def test_every_problem_is_complete(problem):
    assert 1 <= len(problem.hints) <= 3
    assert problem.explanation
    assert problem.part
    for part in problem.part:
        assert part.kind in grading.KINDS
        if part.options:
            assert set(part.answer) < set(part.options)
            assert len(set(part.options)) == len(part.options)
            assert len(part.answer) == 1 or part.kind == "checkboxes"
        else:
            assert len(part.answer) == 1


@pytest.mark.parametrize("part", NUMERIC)
def test_every_number_in_the_key_is_recomputed(part):
    assert part.check, "a numeric part says how its number comes about"
    assert abs(compute(part.check) - numbers.parse(part.answer[0])) <= part.tolerance


@pytest.mark.parametrize("part", NUMERIC)
def test_common_errors_are_errors(part):
    for error in part.common_errors:
        assert grading.KINDS["numeric"].grade(part, [error]).correctness == "incorrect"


COMPUTED_OPTIONS = {
    "parts-1": "1 - 3/10",
    "adding-1": "2/9 + 5/9",
    "multiplying-3": "3/5 * 2/7",
    "converting-1": "7/10",
    "equivalent-6": "45/60",
}


@pytest.mark.parametrize(("problem", "expression"), COMPUTED_OPTIONS.items())
def test_options_that_are_numbers_are_recomputed(problem, expression):
    _, found = COURSE.find(problem)
    values = {option: numbers.parse(markup.plain(option)) for option in found.part[0].options}
    assert {option for option, value in values.items() if value == compute(expression)} == set(found.part[0].answer)


EQUAL_TO = {"equivalent-1": "1/2", "equivalent-4": "2/3", "decimals-5": "3/10", "percent-4": "75/100"}


@pytest.mark.parametrize(("problem", "expression"), EQUAL_TO.items())
def test_options_that_are_equal_to_a_number_are_recomputed(problem, expression):
    test_options_that_are_numbers_are_recomputed(problem, expression)


@pytest.mark.parametrize(
    ("problem", "pick"),
    [
        ("comparing-1", max),
        ("decimals-3", max),
        ("comparing-6", max),
    ],
)
def test_the_largest_option_is_the_largest(problem, pick):
    _, found = COURSE.find(problem)
    value = {option: numbers.parse(markup.plain(option).rpartition(": ")[2]) for option in found.part[0].options}
    assert found.part[0].answer == (pick(value, key=value.__getitem__),)


def test_more_than_a_half():
    _, found = COURSE.find("comparing-4")
    more = {option for option in found.part[0].options if numbers.parse(markup.plain(option)) > Fraction(1, 2)}
    assert more == set(found.part[0].answer)


def test_sums_that_make_one():
    _, found = COURSE.find("adding-5")
    assert {o for o in found.part[0].options if compute(markup.plain(o)) == 1} == set(found.part[0].answer)


def test_products_larger_than_ten():
    _, found = COURSE.find("multiplying-4")
    larger = {o for o in found.part[0].options if compute(markup.plain(o).replace("\u00d7", "*")) > 10}
    assert larger == set(found.part[0].answer)


def test_matching_pairs():
    _, found = COURSE.find("converting-4")
    pairs = {option: markup.plain(option).split(" = ") for option in found.part[0].options}
    right = {option for option, (left, value) in pairs.items() if compute(left) == numbers.parse(value)}
    assert right == set(found.part[0].answer)


def test_percentages_that_are_right():
    _, found = COURSE.find("percent-of-6")
    right = set()
    for option in found.part[0].options:
        percent, _, rest = option.partition(" % of ")
        whole, _, value = rest.partition(" is ")
        if Fraction(percent) / 100 * Fraction(whole) == Fraction(value):
            right.add(option)
    assert right == set(found.part[0].answer)


def test_one_key_is_wrong_on_purpose_and_says_so():
    faulty = [problem for _, problem in PROBLEMS if problem.faulty_for_demo]
    assert [problem.id for problem in faulty] == ["comparing-5"]
    assert faulty[0].part[0].true_answer == ("{5/8}",)
    assert Fraction(5, 8) > Fraction(3, 5)
    assert not any(p.part[0].true_answer for _, p in PROBLEMS if not p.faulty_for_demo)


@pytest.mark.django_db
def test_the_curriculum_is_the_course(demo):
    skills = curriculum.skills(course=demo.key)
    assert list(skills) == [unit.key for unit in demo.units]
    assert skills["percent-of"].prerequisites == ("multiplying", "percent")
    items = curriculum.items(course=demo.key)
    assert len(items) == sum(len(problem.part) for _, problem in PROBLEMS)
    assert all(item.skills and item.hints for item in items.values())
    assert all(curriculum.pages(course=demo.key, skill=skill) for skill in skills)
