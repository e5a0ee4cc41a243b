"""Groups of learners who behave alike, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metaedu_plugin.insights import people
from metaedu_plugin.insights.classroom import Classroom

NOTED = 0.5
"""Standard deviations from the class's mean from which a trait is worth a word."""
MOST_WORDS = 3
SHOWN = 12

WORDS = {
    "success": (gettext_lazy("get less right than others"), gettext_lazy("get more right than others")),
    "days": (gettext_lazy("come on few days"), gettext_lazy("come on many days")),
    "answers": (gettext_lazy("answer little"), gettext_lazy("answer a lot")),
    "hints": (gettext_lazy("hardly take hints"), gettext_lazy("often take hints")),
    "tries": (gettext_lazy("seldom try again"), gettext_lazy("try again and again")),
    "time": (gettext_lazy("answer quickly"), gettext_lazy("take their time")),
}
"""Below and above the class's mean."""


@dataclass(frozen=True)
class GroupCard:
    """A group as it is shown."""

    number: int
    size: int
    words: str
    shown: list[tuple[str, str]]
    """Pseudonym and name of some of them."""
    hidden: int


def group_cards(room: Classroom) -> list[GroupCard]:
    """The groups of a class, the largest first; empty where learners are one crowd."""
    return [
        GroupCard(
            number=number,
            size=len(one.learners),
            words=in_words(one.traits),
            shown=list(people.names(pseudonyms=one.learners[:SHOWN]).items()),
            hidden=max(len(one.learners) - SHOWN, 0),
        )
        for number, one in enumerate(room.structure.groups, start=1)
    ]


def in_words(traits: dict[str, float]) -> str:
    """What sets a group apart, the most telling first."""
    telling = sorted(((abs(z), name) for name, z in traits.items() if abs(z) >= NOTED), reverse=True)[:MOST_WORDS]
    if not telling:
        return _("work like most of the class")
    return ", ".join(str(WORDS[name][traits[name] > 0]) for _size, name in telling)
