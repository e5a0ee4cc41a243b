"""xAPI statements of any learning record provider: learners' answers from outside of the platform.

A statement becomes the same few fields wherever it comes from, a request or a file, and nothing that names a person
is among them. The specification is IEEE 9274.1.1 (xAPI 2.0; 1.0.3 says the same of all that is read here).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.utils.dateparse import parse_duration

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.events import base
from metaedu_plugin.capture.models import Activity
from metaedu_plugin.capture.rows import ActivityRow, Malformed, Origin, ResponseRow, Row

NAME = "metaedu.xapi"
VERB = "http://adlnet.gov/expapi/verbs/"
VERBS = {f"{VERB}{name}": name for name in ("answered", "attempted", "completed")}
VERBS |= {address.replace("http:", "https:"): name for address, name in VERBS.items()}
COURSE = "http://adlnet.gov/expapi/activities/course"
PSEUDONYM = re.compile(r"[0-9a-f]{32}")
ALONE = ("mbox", "mbox_sha1sum", "openid")
"""What identifies an actor by itself; an account does by its home page and its name."""


def is_statement(value: Mapping[str, Any]) -> bool:
    """Whether an object is a statement: no event of the platform has these fields."""
    return "actor" in value and "verb" in value


def slim(statement: Mapping[str, Any], *, received: str = "") -> base.Slim | None:
    """The few fields that are needed, in the shape of an event; None for a verb that says nothing of an answer.

    `received` is the time of a statement that tells none. What is missing or odd stays so: `rows` says what is wrong.
    """
    verb = VERBS.get(str(base.mapping(statement["verb"]).get("id")))
    if verb is None:
        return None
    done = base.mapping(statement.get("object"))
    result = base.mapping(statement.get("result"))
    points = base.mapping(result.get("score"))
    when = base.scalar(statement.get("timestamp") or statement.get("stored") or received)
    return {
        "name": NAME,
        "timestamp": when,
        "context": {
            "user_id": None,
            "course_id": _course(base.mapping(statement.get("context"))),
            "module": {"usage_key": None, "original_usage_key": None},
        },
        "data": {
            "statement": base.scalar(statement.get("id")) or str(uuid5(NAMESPACE_URL, _canonical(statement, when))),
            "learner": _learner(base.mapping(statement["actor"])),
            "verb": verb,
            "object": base.scalar(done.get("id")) if done.get("objectType", "Activity") == "Activity" else None,
            "success": base.scalar(result.get("success")),
            "scaled": base.scalar(points.get("scaled")),
            "raw": base.scalar(points.get("raw")),
            "max": base.scalar(points.get("max")),
            "duration": base.scalar(result.get("duration")),
        },
    }


def _canonical(statement: Mapping[str, Any], when: Any) -> str:
    """A statement without an id is the same when all of it is: a sender that tries again does not count twice."""
    return json.dumps([statement, when], sort_keys=True, default=str)


def _learner(actor: Mapping[str, Any]) -> str | None:
    """Pseudonym of the actor; none for a group, or for somebody who is not identified."""
    account = base.mapping(actor.get("account"))
    if actor.get("objectType", "Agent") != "Agent":
        return None
    if account.get("name"):
        return identity.pseudonym(f"id:{account.get('homePage', '')}|{account['name']}")
    found = next((str(actor[name]) for name in ALONE if actor.get(name)), None)
    return identity.pseudonym(f"id:{found}") if found else None


def _course(context: Mapping[str, Any]) -> str | None:
    """The course among the activities that the statement belongs to, else the first of them."""
    activities = base.mapping(context.get("contextActivities"))
    around = [each for name in ("parent", "grouping") for each in _listed(activities.get(name))]
    courses = [each for each in around if base.mapping(each.get("definition")).get("type") == COURSE]
    found = [key for each in (*courses, *around) if isinstance(key := each.get("id"), str) and key]
    return base.clean(found[0]) if found else None


def _listed(value: Any) -> list[Mapping[str, Any]]:
    """Lists, and the single objects of version 1.0.0."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def rows(event: base.Slim, origin: Origin) -> Iterator[Row]:
    """A response where the result tells success or score, a completion where it does not, else nothing."""
    data = event["data"]
    learner = data["learner"]
    if not isinstance(learner, str) or not PSEUDONYM.fullmatch(learner):
        raise Malformed("missing_field", "xAPI: actor needs an account, an mbox, an mbox_sha1sum or an openid")
    course = base.text(event, "context.course_id")
    block = base.text(event, "data.object")
    moment = base.time(event)
    key = identity.key("xapi", base.text(event, "data.statement"))
    score = _score(data)
    if score is None and data["success"] is None:
        if data["verb"] == "completed":
            yield ActivityRow(
                key=key,
                kind=Activity.Kind.COMPLETION.value,
                subject=f"{identity.KNOWN}{learner}",
                course=course,
                block=block,
                time=moment,
                origin=origin,
            )
        return
    if not isinstance(data["success"], bool | None):
        raise Malformed("wrong_type", f"xAPI: result.success is {data['success']!r}, true or false is needed")
    yield ResponseRow(
        key=key,
        subject=f"{identity.KNOWN}{learner}",
        course=course,
        problem=block,
        item=block,
        correct=_correct(data, score),
        score=float(bool(data["success"])) if score is None else score,
        attempt=None,
        seconds=_seconds(data["duration"]),
        time=moment,
        origin=origin,
    )


def _correct(data: base.Slim, score: float | None) -> bool:
    """As told, save for an answer with partial credit that is called a success; without success, full points."""
    full = score is None or score >= 1
    if data["success"] is None:
        return full
    return bool(data["success"]) and (full or data["verb"] != "answered")


def _score(data: base.Slim) -> float | None:
    """Share of the points, 0 to 1; xAPI's scale begins at -1, which is no share."""
    scaled, raw, most = (_number(name, data[name]) for name in ("scaled", "raw", "max"))
    if scaled is None and raw is not None and most:
        scaled = round(raw / most, 9)
    return None if scaled is None else min(1.0, max(0.0, scaled))


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise Malformed("wrong_type", f"xAPI: result.score.{name} is {value!r}, a number is needed")
    return float(value)


def _seconds(duration: Any) -> float | None:
    """Seconds of an ISO 8601 duration; one that cannot be read is as good as none."""
    try:
        found = parse_duration(duration) if isinstance(duration, str) else None
    except (ValueError, OverflowError):
        return None
    return found.total_seconds() if found is not None and found.total_seconds() >= 0 else None


KIND = base.Kind(
    name=NAME,
    keep=base.keep("statement", "learner", "verb", "object", "success", "scaled", "raw", "max", "duration"),
    rows=rows,
)
