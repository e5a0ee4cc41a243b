"""What feedback says beyond the model's own: the last few answers, a hint not yet taken, and when to come back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring.cards import DAY
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.memory import skill_cards
from serving.types import Mastery, Response

FEW: Final = 5
RECENT: Final = 50
"""Answers that are looked through for those few: a feedback does not wait for the reading of a whole history."""


class Lately:
    """A learner's last answers in a course, read once for one piece of feedback."""

    def __init__(self, *, course: str, learner: str) -> None:
        self.course, self.learner = course, learner

    @cached_property
    def responses(self) -> list[Response]:
        """The latest ones, in the order of their times."""
        return to_responses(capture.latest(course=self.course, learner=self.learner, most=RECENT))

    def last(self, skill: str) -> tuple[int, int] | None:
        """Right ones among the last few answers on a skill, and how many those are; None while these are all."""
        on_it = [each for each in self.responses if skill in each.skills]
        if len(on_it) <= FEW:
            return None
        return sum(each.correct for each in on_it[-FEW:]), FEW

    def hint(self, wrong: Sequence[str]) -> str:
        """Where an item that went wrong offers a hint which the learner has not taken; empty otherwise."""
        offering = [key for key, item in curriculum.items(course=self.course, keys=list(wrong)).items() if item.hints]
        if not offering:
            return ""
        taken = {each.item for each in self.responses if each.hints > 0}
        if all(key in taken for key in offering):
            return ""
        return gettext("There is a hint at this question: have a look at it before your next try.")

    def come_back(self, mastery: Mastery, *, title: str) -> str:
        """When refreshing a skill helps most, for one that is mastered; empty otherwise."""
        if mastery.status != "mastered":
            return ""
        card = skill_cards(course=self.course, learner=self.learner).get(mastery.skill)
        if card is None:
            return ""
        days = math.ceil((card.due - timezone.now()).total_seconds() / DAY)
        if days < 1:
            return ""
        return ngettext(
            "Come back to “%(skill)s” in %(days)s day: that is when refreshing it helps most.",
            "Come back to “%(skill)s” in %(days)s days: that is when refreshing it helps most.",
            days,
        ) % {"skill": title, "days": days}
