"""What the templates and the script show of a problem and of the course."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from deploy.demo import attempts, grading, markup
from deploy.demo.content import Course, Part, Problem
from deploy.demo.models import ProblemState

VERDICTS = {
    grading.CORRECT: "Right",
    grading.PARTIAL: "Partly right",
    grading.INCORRECT: "Not right yet",
}


def verdict(correctness: str) -> dict[str, str]:
    """A part's mark as code and as text."""
    return {"correctness": correctness, "text": VERDICTS[correctness]}


def answer(part: Part) -> str:
    """The right answer of a part, as HTML."""
    texts = [markup.inline(option) for option in part.answer]
    return ", ".join(texts) + (f" {part.unit}" if part.unit else "")


def status(problem: Problem, state: ProblemState | None) -> dict[str, Any]:
    """What the learner has done with the problem, and may do."""
    seen = min(state.hints, len(problem.hints)) if state else 0
    left = len(problem.hints) - seen
    return {
        "attempts": state.attempts if state else 0,
        "solved": bool(state and state.right),
        "hints": len(problem.hints),
        "hints_left": left,
        "hint_label": f"Hint ({left} left)" if left else "No more hints",
        "may_show_answer": bool(state and attempts.may_show_answer(state)),
    }


def hints(problem: Problem, state: ProblemState | None) -> list[SafeString]:
    """The hints that the learner has asked for."""
    return [markup.blocks(hint) for hint in problem.hints[: state.hints if state else 0]]


def parts(problem: Problem, state: ProblemState | None) -> list[dict[str, Any]]:
    """The inputs of a problem, with what was answered last and what became of it."""
    found = []
    for number, (name, part) in enumerate(problem.inputs(), start=1):
        last = state.answers.get(name, []) if state else []
        mark = state.correct_map.get(name) if state else None
        found.append(
            {
                "name": name,
                "number": number if len(problem.part) > 1 else None,
                "kind": part.kind,
                "template": f"demo/parts/{part.kind}.html",
                "question": markup.blocks(part.question),
                "unit": part.unit,
                "options": [
                    {
                        "value": f"choice_{n}",
                        "html": markup.inline(option),
                        "text": markup.plain(option),
                        "chosen": f"choice_{n}" in last,
                    }
                    for n, option in enumerate(part.options)
                ],
                "last": last[0] if last else "",
                "verdict": verdict(mark["correctness"]) if mark else None,
            }
        )
    return found


def neighbours(course: Course, problem: Problem) -> dict[str, Any]:
    """Where the problem stands in the course."""
    every = [each for _, each in course.problems()]
    at = every.index(problem)
    return {
        "previous": every[at - 1] if at else None,
        "following": every[at + 1] if at + 1 < len(every) else None,
        "position": at + 1,
        "total": len(every),
    }


def outline(course: Course, states: dict[str, ProblemState], read: set[str]) -> dict[str, Any]:
    """Units with their problems, and how far the learner is."""
    units = []
    for number, unit in enumerate(course.units, start=1):
        problems = [{"problem": problem, "state": _progress(states.get(problem.id))} for problem in unit.problem]
        solved = sum(entry["state"] == "right" for entry in problems)
        units.append(
            {
                "unit": unit,
                "number": number,
                "problems": problems,
                "solved": solved,
                "percent": round(100 * solved / len(problems)),
                "read": unit.key in read,
                "before": [course.unit(key) for key in unit.prerequisites],
            }
        )
    return {
        "units": units,
        "solved": sum(unit["solved"] for unit in units),
        "total": len(course.problems()),
        "next": next((problem for _, problem in course.problems() if not _is_right(states.get(problem.id))), None),
    }


def _is_right(state: ProblemState | None) -> bool:
    return bool(state and state.right)


def _progress(state: ProblemState | None) -> str:
    if state is None or not state.attempts:
        return "new"
    return "right" if state.right else "tried"
