"""`problem_check`: a submitted problem, one response per graded input.

Inputs that wait for an external grader have no label here; it comes as a score (`score`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.rows import Malformed, Origin, ResponseRow

GRADED = {"correct", "incorrect", "partially-correct"}
UNGRADED = {None, "", "incomplete", "queued", "unanswered", "unsubmitted"}
OPTION_TYPES = {"multiplechoiceresponse", "choiceresponse", "optionresponse", "truefalseresponse"}
"""Response types whose answer is one of given options: any other answer may be the learner's own words."""
CHOICE_LENGTH = 255
PART = re.compile(r"_(\d+_\d+)$")


def keep(data: Mapping[str, Any]) -> base.Slim:
    """What is needed of the data; answers only where they are options."""
    submission = {
        base.clean(name): {"response_type": base.scalar(base.mapping(entry).get("response_type"))}
        for name, entry in base.mapping(data.get("submission")).items()
    }
    answers = base.mapping(data.get("answers"))
    return {
        **{name: base.scalar(data.get(name)) for name in ("problem_id", "attempts", "grade", "max_grade")},
        "correct_map": _graded(data.get("correct_map")),
        "submission": submission,
        "answers": {
            name: _option(answers[name])
            for name, entry in submission.items()
            if entry["response_type"] in OPTION_TYPES and name in answers
        },
    }


def _graded(correct_map: Any) -> base.Slim | None:
    if not isinstance(correct_map, Mapping):
        return None
    return {
        base.clean(name): {
            "correctness": base.scalar(entry.get("correctness")),
            "npoints": base.scalar(entry.get("npoints")),
            "queuestate": bool(entry.get("queuestate")),
        }
        if isinstance(entry, Mapping)
        else None
        for name, entry in correct_map.items()
    }


def _option(answer: Any) -> str:
    chosen = answer if isinstance(answer, list | tuple) else [answer]
    return base.clean(",".join(sorted(map(str, chosen)))[:CHOICE_LENGTH])


def rows(event: base.Slim, origin: Origin) -> Iterator[ResponseRow]:
    """One response per graded input.

    Labels are those of `correct_map`: the event's `success` and `submission.correct` call partial credit
    correct, and say nothing of the parts.
    """
    data = event["data"]
    problem = base.text(event, "data.problem_id", "context.module.usage_key")
    user_id = base.user(event, "context.user_id")
    course = base.course(event, problem, "context.course_id")
    moment = base.time(event)
    attempt = data["attempts"]
    if isinstance(attempt, bool) or not isinstance(attempt, int) or not 0 <= attempt < 2**31:
        raise Malformed("missing_field", f"{event['name']}: attempts is {attempt!r}, a count is needed")
    if data["correct_map"] is None:
        raise Malformed(
            "missing_field", f"{event['name']}: correct_map is missing, nothing else tells right from wrong"
        )
    block = base.identity_of(event, problem)
    for name, entry in data["correct_map"].items():
        if not _is_graded(name, entry):
            continue
        part = _part(name, problem)
        yield ResponseRow(
            key=identity.key(user_id, problem, name, attempt, identity.microseconds(moment)),
            subject=f"user:{user_id}",
            user_id=user_id,
            course=course,
            problem=block,
            block=problem,
            part=part,
            item=f"{block}#{part}",
            correct=entry["correctness"] == "correct",
            score=_score(entry, data),
            attempt=max(attempt, 1),
            choice=data["answers"].get(name, ""),
            time=moment,
            origin=origin,
        )


def _is_graded(name: str, entry: base.Slim | None) -> bool:
    if entry is None:
        raise Malformed("wrong_type", f"problem_check: correct_map[{name}] is not an object")
    if entry["queuestate"] or entry["correctness"] in UNGRADED:
        return False
    if entry["correctness"] not in GRADED:
        raise Malformed("unknown_correctness", f"problem_check: correctness {entry['correctness']!r} is not known")
    return True


def _part(name: str, problem: str) -> str:
    """The input's id without the id of its block: `ID_2_1` -> `2_1`."""
    block_id = problem.rpartition("@")[2]
    if name.startswith(f"{block_id}_"):
        return name[len(block_id) + 1 :]
    found = PART.search(name)
    return found[1] if found else name


def _score(entry: base.Slim, data: base.Slim) -> float:
    """Share of the input's points, 0 to 1.

    The event tells the points of the problem, not those of an input: they are taken as equal. A partly right
    input without points counts half, or what the problem got where it is the only input.
    """
    if entry["correctness"] == "correct":
        return 1.0
    inputs = len(data["correct_map"])
    most = _number(data["max_grade"]) or float(inputs)
    points = _number(entry["npoints"])
    if points is None and entry["correctness"] == "partially-correct":
        points = _number(data["grade"]) if inputs == 1 else None
        points = points if points is not None and 0 < points < most else most / inputs / 2
    return min(1.0, max(0.0, (points or 0.0) * inputs / most))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


KIND = base.Kind(name="problem_check", keep=keep, rows=rows)
