"""A course's skills as a map for one learner: what builds on what, where they stand, and what is open to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

from django.utils.translation import gettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import dismissed, guidance
from metaedu_plugin.tutoring.catalogue import Catalogue, Link
from metaedu_plugin.tutoring.layers import Box, Drawing, draw, wrapped
from metaedu_plugin.tutoring.standing import GOT, Standing

WIDE: Final = {"columns": 4, "width": 220}
NARROW: Final = {"columns": 1, "width": 220}
"""What fits a phone that is 320 pixels wide."""
INSET: Final = 12


class Place(TypedDict):
    """A skill on the map."""

    number: int
    """From 1, in course order: its row of the table."""
    state: str
    """got, begun, open or later."""
    label: str
    is_next: bool
    standing: Standing
    before: list[str]
    """Titles of what it builds on."""
    missing: list[str]
    """Those of them that the learner has not got yet."""
    practise: Link | None
    read: Link | None


@dataclass(frozen=True)
class Drawn:
    """A box with all that is written in it."""

    box: Box
    place: Place
    lines: list[str]

    @property
    def start(self) -> int:
        """Where its range begins."""
        return self.box.x + INSET

    @property
    def low(self) -> float:
        """Left end of the range."""
        return self._at(self.place["standing"]["range"]["low"])

    @property
    def high(self) -> float:
        """Right end of the range."""
        return self._at(self.place["standing"]["range"]["high"])

    @property
    def end(self) -> int:
        """Where 100 of 100 would be."""
        return self.box.x + self.box.width - INSET

    @property
    def bar(self) -> int:
        """Its height in the drawing."""
        return self.box.y + self.box.height - INSET

    def _at(self, percent: int) -> float:
        return round(self.start + percent / 100 * (self.end - self.start), 1)


@dataclass(frozen=True)
class Sketch:
    """One drawing of the map."""

    name: str
    drawing: Drawing
    drawn: list[Drawn]


class MapAnswer(TypedDict):
    """The map of a learner."""

    places: list[Place]
    sketches: list[Sketch]
    """For a wide screen, and for a narrow one."""
    ordered: bool
    """Whether the course says what builds on what."""
    summary: str
    compared: bool
    """Whether the course's average stands beside any of them."""
    following: str
    """What is open now, in a sentence."""
    source_note: str


def skill_map(*, course: str, learner: str) -> MapAnswer:
    """Every skill that the course teaches, in its order, for one learner."""
    skills = curriculum.skills(course=course)
    known = guidance.mastery(course=course, learner=learner)
    standings = {each["skill"]: each for each in known["skills"]}
    keys = [key for key in skills if key in standings]
    before = {key: [each for each in skills[key].prerequisites if each in standings] for key in keys}
    action = guidance.next_action(course=course, learner=learner)["action"]
    links = _practice(course=course, learner=learner)
    catalogue = Catalogue(course)
    places = {
        key: _place(
            number,
            standings[key],
            before=[standings[each] for each in before[key]],
            is_next=bool(action and action["skill"] == key),
            practise=links.get(key),
            read=next(iter(catalogue.reading([key])), None),
        )
        for number, key in enumerate(keys, start=1)
    }
    return MapAnswer(
        places=list(places.values()),
        sketches=[_sketch("wide", WIDE, places, before), _sketch("narrow", NARROW, places, before)],
        ordered=any(before.values()),
        summary=known["summary"],
        compared=known["compared"],
        following=_following(list(places.values())),
        source_note=known["source_note"],
    )


def _place(
    number: int,
    standing: Standing,
    *,
    before: list[Standing],
    is_next: bool,
    practise: Link | None,
    read: Link | None,
) -> Place:
    missing = [each["title"] for each in before if each["status"] not in GOT]
    # What is suggested is open, whatever it builds on.
    state = "later" if missing and not is_next else "open"
    if standing["status"] in GOT:
        state = "got"
    elif standing["responses"]:
        state = "begun"
    labels = {
        "got": gettext("Got it"),
        "begun": gettext("Under way"),
        "open": gettext("Open to you"),
        "later": gettext("Comes later"),
    }
    return Place(
        number=number,
        state=state,
        label=standing["label"] if standing["status"] == "refresh" else labels[state],
        is_next=is_next,
        standing=standing,
        before=[each["title"] for each in before],
        missing=missing if state in ("open", "later") else [],
        practise=practise,
        read=read,
    )


def _practice(*, course: str, learner: str) -> dict[str, Link]:
    """For each skill its first question that the learner has not had right; the first of all where there is none."""
    right = {row.item for row in capture.responses(course=course, learner=learner) if row.correct}
    first: dict[str, str] = {}
    fresh: dict[str, str] = {}
    for candidate in dismissed.course_map(course=course, learner=learner).candidates:
        for skill in candidate.skills:
            first.setdefault(skill, candidate.item)
            if candidate.item not in right:
                fresh.setdefault(skill, candidate.item)
    chosen = first | fresh
    catalogue = Catalogue(course, chosen.values())
    found = {skill: catalogue.link(kind="practise", item=item, skill=skill) for skill, item in chosen.items()}
    return {skill: link for skill, link in found.items() if link}


def _sketch(name: str, size: Mapping[str, int], places: Mapping[str, Place], before: Mapping[str, list[str]]) -> Sketch:
    drawing = draw(list(places), before, columns=size["columns"], width=size["width"])
    drawn = [
        Drawn(box=box, place=places[box.key], lines=wrapped(places[box.key]["standing"]["title"]))
        for box in drawing.boxes
    ]
    return Sketch(name=name, drawing=drawing, drawn=drawn)


def _following(places: list[Place]) -> str:
    if not places:
        return ""
    if all(place["state"] == "got" for place in places):
        return gettext("Everything here is yours. Nothing is waiting for you: well done.")
    open_ = [place["standing"]["title"] for place in places if place["state"] in ("begun", "open")]
    if not open_:
        return ""
    titles = ", ".join(f"“{title}”" for title in open_[:3])
    return gettext("Open to you now: %(skills)s.") % {"skills": titles}
