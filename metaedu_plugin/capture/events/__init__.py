"""Events to rows: one small transformer per event name. A new event is a new file and a line in KINDS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.events import (
    base,
    completion,
    enrolment,
    hint,
    problem_check,
    rescore,
    reset,
    score,
    show_answer,
    statement,
)
from metaedu_plugin.capture.rows import Batch, Malformed, Origin, check

KINDS = {
    kind.name: kind
    for kind in (
        problem_check.KIND,
        hint.KIND,
        show_answer.KIND,
        completion.KIND,
        enrolment.ACTIVATED,
        enrolment.DEACTIVATED,
        reset.KIND,
        rescore.PROBLEM,
        rescore.GRADE,
        score.KIND,
        statement.KIND,
    )
}


def slim(event: Mapping[str, Any]) -> base.Slim | None:
    """An event in the process's or the log's shape to the few fields that are needed; None where it is not wanted.

    The log writes `event` and `time` for `data` and `timestamp`, and `event` may be JSON in a text. Browser events
    of a wanted name are look-alikes of the server's, and not wanted. xAPI statements have a shape of their own.
    """
    if statement.is_statement(event):
        return statement.slim(event)
    name = event.get("name") or event.get("event_type")
    kind = KINDS.get(name) if isinstance(name, str) else None
    context = base.mapping(event.get("context"))
    if kind is None or "browser" in (event.get("event_source"), context.get("event_source")):
        return None
    data = event["data"] if "data" in event else event.get("event")
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            data = None
    module = base.mapping(context.get("module"))
    when = event["timestamp"] if "timestamp" in event else event.get("time")
    return {
        "name": kind.name,
        "timestamp": identity.utc(when).isoformat() if isinstance(when, datetime) else base.scalar(when),
        "context": {
            "user_id": base.person(context.get("user_id")),
            "course_id": base.scalar(context.get("course_id")),
            "module": {
                "usage_key": base.scalar(module.get("usage_key")),
                "original_usage_key": base.scalar(module.get("original_usage_key")),
            },
        },
        "data": kind.keep(data) if isinstance(data, Mapping) else None,
    }


def read(event: Any, *, source: str, into: Batch) -> None:
    """One event to rows of the batch, all of them or none."""
    small = slim(event) if isinstance(event, Mapping) else {}
    if small is None:
        into.ignored += 1
        return
    origin = Origin(source, lambda: small)
    try:
        if not isinstance(event, Mapping):
            raise Malformed("wrong_type", f"an event is a JSON object, this is of type {type(event).__name__}")
        if small["data"] is None:
            raise Malformed("missing_field", f"{small['name']}: data is missing or not an object")
        rows = list(KINDS[small["name"]].rows(small, origin))
        for row in rows:
            check(row)
    except Malformed as error:
        into.refuse(error, origin)
    except Exception as error:
        into.refuse(Malformed("unexpected", f"{type(error).__name__} in the transformer: report it"), origin)
    else:
        into.rows += rows
        into.ignored += not rows
