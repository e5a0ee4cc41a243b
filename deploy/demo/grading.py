"""Right or wrong: one small grader per kind of input. A new kind is a class and a line in KINDS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from deploy.demo import numbers
from deploy.demo.content import Part, Problem
from deploy.demo.markup import plain

CORRECT, PARTIAL, INCORRECT = "correct", "partially-correct", "incorrect"


class Unanswered(Exception):
    """An input that cannot be graded; it costs no try. The text is for the learner."""


@dataclass(frozen=True)
class Mark:
    """What became of one input."""

    correctness: str
    points: float
    answer: str | list[str]
    """As the platform's events tell it."""
    shown: str | list[str]
    """As the learner read it."""


@dataclass(frozen=True)
class Graded:
    """What became of one check of a problem."""

    marks: dict[str, Mark]
    max_grade: int
    grade: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "grade", round(sum(mark.points for mark in self.marks.values()), 4))

    @property
    def right(self) -> bool:
        """Every part fully right."""
        return all(mark.correctness == CORRECT for mark in self.marks.values())


class Kind(Protocol):
    """How one kind of input is graded, and what the platform calls it."""

    response_type: str
    input_type: str

    def grade(self, part: Part, values: Sequence[str]) -> Mark:
        """`values` is what the form sent: `choice_2` for the third option, or the text."""


def _option(part: Part, value: str) -> int:
    prefix, _, number = value.partition("_")
    if prefix != "choice" or not number.isdecimal() or int(number) >= len(part.options):
        raise Unanswered("Choose one of the options.")
    return int(number)


class Choice:
    """One of several options."""

    response_type = "multiplechoiceresponse"
    input_type = "choicegroup"

    def grade(self, part: Part, values: Sequence[str]) -> Mark:
        """All or nothing."""
        if len(values) != 1:
            raise Unanswered("Choose one option.")
        chosen = part.options[_option(part, values[0])]
        right = chosen in part.answer
        return Mark(CORRECT if right else INCORRECT, float(right), self.answer(values[0], chosen), plain(chosen))

    def answer(self, value: str, chosen: str) -> str:
        """The event tells which of the options."""
        return value


class Dropdown(Choice):
    """One of several options, folded up."""

    response_type = "optionresponse"
    input_type = "optioninput"

    def answer(self, value: str, chosen: str) -> str:
        """The event tells the option's text."""
        return plain(chosen)


class Checkboxes:
    """Any number of options. Every option is a decision, and each wrong one takes a right one back."""

    response_type = "choiceresponse"
    input_type = "checkboxgroup"

    def grade(self, part: Part, values: Sequence[str]) -> Mark:
        """Partial credit: right decisions less wrong ones, by options, at least 0."""
        if not values:
            raise Unanswered("Choose at least one option.")
        chosen = {_option(part, value) for value in values}
        wrong = sum((option in part.answer) != (n in chosen) for n, option in enumerate(part.options))
        points = max(0.0, 1 - 2 * wrong / len(part.options))
        correctness = CORRECT if wrong == 0 else PARTIAL if points > 0 else INCORRECT
        shown = [plain(part.options[n]) for n in sorted(chosen)]
        return Mark(correctness, round(points, 4), [f"choice_{n}" for n in sorted(chosen)], shown)


class Numeric:
    """A number, within a tolerance."""

    response_type = "numericalresponse"
    input_type = "formulaequationinput"

    def grade(self, part: Part, values: Sequence[str]) -> Mark:
        """All or nothing; a text that is no number is sent back."""
        text = values[0].strip() if values else ""
        if not text:
            raise Unanswered("Write a number.")
        try:
            value = numbers.parse(text)
        except ValueError:
            raise Unanswered("This is not a number. Write it like 12, 0.75, 3/4 or 1 1/2.") from None
        # A hair more than the tolerance, which is a binary float where the numbers are exact.
        right = abs(value - numbers.parse(part.answer[0])) <= part.tolerance + 1e-9
        return Mark(CORRECT if right else INCORRECT, float(right), text, text)


KINDS: dict[str, Kind] = {
    "choice": Choice(),
    "checkboxes": Checkboxes(),
    "dropdown": Dropdown(),
    "numeric": Numeric(),
}


class Incomplete(Exception):
    """Some inputs cannot be graded: `parts` says for each of them what is missing."""

    def __init__(self, parts: dict[str, str]) -> None:
        super().__init__(str(parts))
        self.parts = parts


def grade(problem: Problem, answers: Mapping[str, Sequence[str]]) -> Graded:
    """Grade all inputs of a problem. Raises Incomplete, and nothing counts as a try."""
    marks: dict[str, Mark] = {}
    missing: dict[str, str] = {}
    for name, part in problem.inputs():
        try:
            marks[name] = KINDS[part.kind].grade(part, answers.get(name, ()))
        except Unanswered as error:
            missing[name] = str(error)
    if missing:
        raise Incomplete(missing)
    return Graded(marks, len(problem.part))
