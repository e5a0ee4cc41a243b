"""What experiments hand to the other apps: frozen structs, no model instances."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from metaedu_plugin.experiment import groups
from metaedu_plugin.experiment.models import Experiment

MISMATCH: Final = 0.001
"""Chance below which the sizes of the groups are not what was asked for (sample ratio mismatch)."""


class ExperimentError(ValueError):
    """What was asked for cannot be; the message says what to do."""


class ExperimentInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment of a course."""

    id: int
    course: str
    share: float
    """Of learners who get the course's own order."""
    smallest: float
    """The smallest difference worth having, a share of answers."""
    salt: str
    begun: datetime
    begun_by: str
    ended: datetime | None
    ended_by: str
    asked: datetime | None
    """When a look was asked for that has not come yet."""
    trouble: str
    """Why the last look did not come; empty where it did."""

    @classmethod
    def of(cls, row: Experiment) -> ExperimentInfo:
        """From a row."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})

    def group(self, learner: str) -> str:
        """The group of a pseudonym, whether or not they left."""
        return groups.group_of(learner=learner, salt=self.salt, share=self.share)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two groups."""

    learners: int
    """With an answer to a new item since the beginning."""
    answers: int
    """First attempts at new items."""
    right: int
    before: float | None
    """Share right at first attempts before the beginning; none where there are none."""
    left: int
    """Learners who left the experiment, or switched suggestions off."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Suggestions less the course's own order, in shares of answers at equal items and equal results before."""

    suggestions: Group
    course_order: Group
    verdict: str
    """too_few, open, better, worse or no_matter."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """The interval that holds at all looks together, 95 %."""
    usual_low: float | None = None
    usual_high: float | None = None
    """The usual interval, which holds at one look that was set before, 95 %."""
    more: int | None = None
    """Learners still needed to see the smallest difference worth having, four times in five."""
    chance: float = 1.0
    """Of group sizes at least so far from the share that was asked for, if all went well."""

    @property
    def mismatch(self) -> bool:
        """Whether the group sizes show that something is wrong."""
        return self.chance < MISMATCH


class LookInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What an experiment came to at one moment."""

    made: datetime
    difference: Difference
