"""The platform's tracking events, in the shape in which Open edX hands them to a tracking backend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.demo.content import Course, Problem
from deploy.demo.grading import CORRECT, INCORRECT, KINDS, Graded
from deploy.demo.markup import plain
from metaedu_plugin.capture.backend import CaptureBackend

Event = dict[str, Any]


@dataclass(frozen=True)
class By:
    """Who did it, and when."""

    user_id: int
    username: str
    time: datetime


def emit(event: Event) -> None:
    """Hand the event to the plugin, as event-tracking would."""
    CaptureBackend().send(event)


def problem_check(course: Course, problem: Problem, graded: Graded, *, before: Event, by: By) -> Event:
    """One check. `before` is the state before the attempt, with `attempts`, `student_answers` and `correct_map`."""
    block = course.block("problem", problem.id)
    parts = dict(problem.inputs())
    data = {
        "problem_id": block,
        "state": {
            "seed": 1,
            "done": before["attempts"] > 0,
            "student_answers": before["student_answers"],
            "correct_map": before["correct_map"],
            "input_state": {name: {} for name in parts},
            "has_saved_answers": False,
        },
        "attempts": before["attempts"] + 1,
        "answers": {name: mark.answer for name, mark in graded.marks.items()},
        "correct_map": correct_map(graded),
        # As in the platform, partial credit passes for correct here; the labels are in correct_map.
        "success": INCORRECT if any(m.correctness == INCORRECT for m in graded.marks.values()) else CORRECT,
        "grade": graded.grade,
        "max_grade": graded.max_grade,
        "submission": {
            name: {
                "question": plain(parts[name].question),
                "answer": mark.shown,
                "response_type": KINDS[parts[name].kind].response_type,
                "input_type": KINDS[parts[name].kind].input_type,
                "correct": mark.correctness != INCORRECT,
                "variant": "",
                "group_label": "",
            }
            for name, mark in graded.marks.items()
        },
    }
    return _event("problem_check", data, course, by, problem)


def correct_map(graded: Graded) -> Event:
    """Per input, what the platform keeps of a check."""
    return {
        name: {
            "correctness": mark.correctness,
            "npoints": mark.points,
            "msg": "",
            "hint": "",
            "hintmode": None,
            "queuestate": None,
            "answervariable": None,
        }
        for name, mark in graded.marks.items()
    }


def hint_displayed(course: Course, problem: Problem, *, index: int, by: By) -> Event:
    """The hint number `index`, from 0, was shown."""
    data = {
        "module_id": course.block("problem", problem.id),
        "hint_index": index,
        "hint_len": len(problem.hints),
        "hint_text": plain(problem.hints[index]),
    }
    return _event("edx.problem.hint.demandhint_displayed", data, course, by, problem)


def show_answer(course: Course, problem: Problem, *, by: By) -> Event:
    """The answer was shown."""
    data = {"problem_id": course.block("problem", problem.id)}
    return _event("showanswer", data, course, by, problem)


def enrolled(course: Course, *, by: By) -> Event:
    """The learner joined the course."""
    data = {"course_id": course.key, "user_id": by.user_id, "mode": "audit"}
    return _event("edx.course.enrollment.activated", data, course, by)


def page_read(course: Course, unit: str, *, by: By) -> Event:
    """The reading page of the unit was read."""
    data = {
        "user_id": by.user_id,
        "course_id": course.key,
        "context_key": course.key,
        "block_id": course.block("html", f"read-{unit}"),
        "block_type": "html",
        "completion": 1.0,
        "is_new": True,
    }
    return _event("edx.completion.block_completion.changed", data, course, by)


def _event(name: str, data: Event, course: Course, by: By, problem: Problem | None = None) -> Event:
    context: Event = {
        "course_id": course.key,
        "org_id": course.key.partition(":")[2].partition("+")[0],
        "user_id": by.user_id,
        "username": by.username,
        "event_source": "server",
        "page": "x_module",
    }
    if problem is not None:
        context["module"] = {"display_name": problem.title, "usage_key": course.block("problem", problem.id)}
    return {"name": name, "timestamp": by.time, "data": data, "context": context}
