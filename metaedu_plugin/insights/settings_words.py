"""Settings and changes to them, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights.wording import percent


@dataclass(frozen=True)
class Line:
    """One field that changes."""

    name: str
    before: str
    after: str
    meaning: str
    """What follows from it."""


@dataclass(frozen=True)
class Entry:
    """A change in the log."""

    id: int
    by: str
    at: datetime
    lines: list[Line]


def entries(*, course: str) -> list[Entry]:
    """The course's latest changes, the latest first."""
    made = curriculum.changes(course=course)
    titles = _titles(course, [fields for one in made for fields in (one.before, one.after)])
    return [Entry(id=one.id, by=one.by, at=one.at, lines=_lines(one.before, one.after, titles)) for one in made]


def lines(*, course: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    """What is different after."""
    changed = [name for name in after if after[name] != before[name]]
    old, new = ({name: fields[name] for name in changed} for fields in (before, after))
    return _lines(old, new, _titles(course, [old, new]))


def _titles(course: str, some: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    keys = {key for fields in some for key in fields.get("left_out", ())}
    found = curriculum.items(course=course, keys=sorted(keys)) if keys else {}
    return {key: found[key].title if key in found and found[key].title else key for key in keys}


def _lines(before: Mapping[str, Any], after: Mapping[str, Any], titles: Mapping[str, str]) -> list[Line]:
    return [_line(name, before[name], after[name], titles) for name in after]


def _line(name: str, before: Any, after: Any, titles: Mapping[str, str]) -> Line:
    if name == "left_out":
        gone, back = (
            [titles[key] for key in one if key not in other] for one, other in ((after, before), (before, after))
        )
        return Line(
            name=_("Items never suggested"),
            before=_("%(n)s left out") % {"n": len(before)},
            after="; ".join(
                said
                for said, listed in (
                    (_("newly left out: %(items)s") % {"items": ", ".join(gone)}, gone),
                    (_("suggested again: %(items)s") % {"items": ", ".join(back)}, back),
                )
                if listed
            ),
            meaning=_("Learners can still open and answer an item that is left out."),
        )
    names = {
        "enabled": _("Suggestions for learners"),
        "mastered": _("Mastery threshold"),
        "target": _("Chance of success that practice aims at"),
        "minutes_a_day": _("Minutes a day"),
        "compare": _("Me and the course average"),
    }
    return Line(
        name=names[name], before=_value(name, before), after=_value(name, after), meaning=_meaning(name, before, after)
    )


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return str(value) if name == "minutes_a_day" else percent(value)


def _meaning(name: str, before: Any, after: Any) -> str:
    told = {
        ("enabled", True): _("Learners see feedback, suggestions and their plan from then on."),
        ("enabled", False): _("Learners see no feedback, no suggestions and no plan. Answers are still taken in."),
        ("mastered", True): _(
            "Skills take more to count as mastered. A learner never loses what they have got: it stays so on their "
            "pages, but they may be offered practice on it again."
        ),
        ("mastered", False): _("Skills take less to count as mastered, and suggestions move on earlier."),
        ("target", True): _("Suggested items get easier."),
        ("target", False): _("Suggested items get harder."),
        ("minutes_a_day", True): _("Plans of learners who have set no pace get fuller days."),
        ("minutes_a_day", False): _("Plans of learners who have set no pace get lighter days."),
        ("compare", True): _(
            "On “My plan” and “My map” learners see the average of the others beside their own range, without a "
            "ranking, and only where at least ten others have answered."
        ),
        ("compare", False): _("Nothing compares learners with others any more."),
    }
    return told[name, after > before]
