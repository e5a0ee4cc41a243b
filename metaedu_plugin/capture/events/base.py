"""What every transformer of events builds on: the kind of an event, and reading its fields strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.rows import ActivityRow, Malformed, Origin, Row

LONGEST = 1024
BLOCK = re.compile(r"^(?P<custom>ccx-)?block-v1:(?P<run>[^+]+\+[^+]+\+[^+]+(?(custom)\+ccx@\d+))\+type@")
"""A block's key begins with its course's; one of a custom course (CCX) in the custom course's way."""

Slim = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How the events of one name become rows."""

    name: str
    keep: Callable[[Mapping[str, Any]], Slim]
    """The fields of `data` that are needed: all others, and with them everything personal, are dropped."""
    rows: Callable[[Slim, Origin], Iterable[Row]]
    """A slim event to rows, none when there is nothing to store; raises Malformed."""


def clean(value: str) -> str:
    """The text, cut short and without the halves of characters that JSON may hold and no database takes."""
    value = value[:LONGEST]
    return value if value.isascii() else value.encode(errors="replace").decode()


def scalar(value: Any) -> Any:
    """The value if it is a number, a truth value or a text, else None."""
    if isinstance(value, str):
        return clean(value)
    return value if isinstance(value, int | float) else None


def keep(*names: str) -> Callable[[Mapping[str, Any]], Slim]:
    """Keeps the named scalars."""
    return lambda data: {
        name: person(data.get(name)) if name == "user_id" else scalar(data.get(name)) for name in names
    }


def person(value: Any) -> int | None:
    """A platform id, never a name that stands where the id should."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def text(event: Slim, *paths: str) -> str:
    """The first text found under one of the dotted paths; Malformed where there is none."""
    for path in paths:
        value: Any = event
        for name in path.split("."):
            value = mapping(value).get(name)
        if isinstance(value, str) and value:
            return value
    raise Malformed("missing_field", f"{event['name']}: {' or '.join(paths)} is missing or not a text")


def user(event: Slim, *paths: str) -> int:
    """The platform's id of the learner."""
    for path in paths:
        section, name = path.split(".")
        value = mapping(event.get(section)).get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
            return value
    raise Malformed("missing_field", f"{event['name']}: {' or '.join(paths)} is missing or no id of a user")


def course(event: Slim, block: str, *paths: str) -> str:
    """The course key; a block's own key tells it where the event does not."""
    try:
        return text(event, *paths)
    except Malformed:
        found = BLOCK.match(block)
        if found is None:
            raise
        return f"{'ccx' if found['custom'] else 'course'}-v1:{found['run']}"


def time(event: Slim) -> datetime:
    """When it happened, in UTC."""
    value = event.get("timestamp")
    try:
        return identity.utc(datetime.fromisoformat(value or ""))
    except (TypeError, ValueError, OverflowError):
        raise Malformed("bad_time", f"{event['name']}: timestamp {value!r} is not an ISO 8601 time") from None


def identity_of(event: Slim, block: str) -> str:
    """The key of the block across courses: copies from a library are the same item."""
    module = event["context"]["module"]
    same = not module["usage_key"] or module["usage_key"] == block
    return str(module["original_usage_key"]) if same and module["original_usage_key"] else block


def activity(
    event: Slim, origin: Origin, *, kind: str, user_id: int, course_key: str, block: str = "", as_placed: bool = False
) -> ActivityRow:
    """The row of an event that says that something was done, at most once a microsecond.

    `as_placed` names the block as it stands in the course, also where it is a copy from a library.
    """
    moment = time(event)
    return ActivityRow(
        key=identity.key(event["name"], user_id, course_key, block, identity.microseconds(moment)),
        kind=kind,
        subject=f"user:{user_id}",
        user_id=user_id,
        course=course_key,
        block=block if as_placed or not block else identity_of(event, block),
        time=moment,
        origin=origin,
    )
