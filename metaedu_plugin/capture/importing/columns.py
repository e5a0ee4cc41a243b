"""Which column of a table means what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from metaedu_plugin.capture.importing.errors import ImportFailed

USUAL: dict[str, tuple[str, ...]] = {
    "learner": (
        "learner",
        "learner_id",
        "user",
        "user_id",
        "userid",
        "student",
        "student_id",
        "anon_student_id",
        "uid",
    ),
    "item": (
        "item",
        "item_id",
        "question",
        "question_id",
        "problem_step",
        "problem",
        "problem_id",
        "exercise",
        "exercise_id",
    ),
    "skill": ("skill", "skills", "skill_id", "skill_ids", "skill_name", "kc", "concept", "concepts", "tags"),
    "correct": ("correct", "is_correct", "correctness", "answered_correctly"),
    "score": ("score", "partial_credit"),
    "time": ("time", "timestamp", "date", "datetime", "created_at", "start_time"),
    "attempt": ("attempt", "attempts", "attempt_number", "attempt_count"),
    "hints": ("hints", "hint_count", "hints_used"),
    "seconds": ("seconds", "duration", "duration_seconds", "elapsed_seconds", "time_taken"),
    "duration_ms": ("duration_ms", "elapsed_ms", "response_time_ms", "ms_first_response"),
    "course": ("course", "course_id", "course_key"),
    "id": ("id", "response_id", "log_id", "order_id"),
}
"""Field -> names that a column of this meaning usually has, the likeliest first; case and separators do not count."""
NEEDED = ("learner", "item", "correct")


def match(names: Iterable[str], *, given: Mapping[str, str], course: str | None, file: str) -> dict[str, str]:
    """Field -> column. `given` goes before the usual names.

    Raises ImportFailed, naming what is there, where a needed column is missing or a given one does not exist.
    """
    there = list(names)
    for field, column in given.items():
        if field not in USUAL:
            raise ImportFailed(f"--map {field}={column}: there is no field {field}; the fields are {', '.join(USUAL)}")
        if column not in there:
            raise ImportFailed(f"{file}: --map {field}={column}: no such column; the file has {', '.join(there)}")
    plain = {_plain(name): name for name in reversed(there)}
    found = dict(given)
    for field, usual in USUAL.items():
        likely = next((plain[name] for name in usual if name in plain), None)
        if field not in found and likely is not None and likely not in given.values():
            found[field] = likely
    missing = [field for field in NEEDED if field not in found]
    if missing:
        options = " ".join(f"--map {field}=COLUMN" for field in missing)
        raise ImportFailed(
            f"{file}: no column for {', '.join(missing)}; the file has {', '.join(there)}; say {options}"
        )
    if course is None and "course" not in found:
        raise ImportFailed(f"{file}: no column for the course; say --course KEY")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
