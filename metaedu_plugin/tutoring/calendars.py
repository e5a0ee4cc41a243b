"""A plan as a calendar (RFC 5545): one entry a day, without an hour, since when in the day is the learner's own."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from icalendar import Calendar, Event

from metaedu_plugin.curriculum.api import CourseInfo
from metaedu_plugin.tutoring.guidance import Day, PlanAnswer, Step

_SALT: Final = "metaedu.tutoring.calendars"


def calendar_of(plan: PlanAnswer, *, course: CourseInfo, learner: str, absolute: Callable[[str], str]) -> bytes:
    """The file. `absolute` makes a full address of one inside the platform.

    A day has the same entry in each file for the same learner, so that calendars replace it; it names nobody.
    """
    made = Calendar()
    made.add("prodid", "-//metaedu//plan//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", _one_line(course.title))
    for day in plan["days"]:
        made.add_component(_event(day, course=course, learner=learner, absolute=absolute))
    return bytes(made.to_ical())


def _event(day: Day, *, course: CourseInfo, learner: str, absolute: Callable[[str], str]) -> Event:
    event = Event()
    about = gettext("about %(minutes)s min") % {"minutes": day["minutes"]}
    key = salted_hmac(_SALT, f"{learner}|{course.key}|{day['date']}", algorithm="sha256").hexdigest()[:32]
    event.add("uid", f"{key}@metaedu")
    event.add("dtstamp", timezone.now().astimezone(datetime.UTC))
    event.add("dtstart", day["date"])
    event.add("dtend", day["date"] + datetime.timedelta(days=1))
    event.add("summary", f"{_one_line(course.title)}: {about}")
    event.add("description", "\n".join(_line(step, absolute) for step in day["steps"]))
    event.add("url", absolute(reverse("metaedu_tutoring:learn", args=[course.key])))
    event.add("transp", "TRANSPARENT")
    return event


def _line(step: Step, absolute: Callable[[str], str]) -> str:
    link = step["link"]
    title = link["title"] if link else step["skill_title"]
    line = f"{step['label']}: {_one_line(title)}"
    return f"{line}: {absolute(link['url'])}" if link else line


def _one_line(text: str) -> str:
    return " ".join(text.split())
