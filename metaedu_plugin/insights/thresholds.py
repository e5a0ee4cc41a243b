"""When figures are enough to say something: every threshold of the findings, and why it is there."""

from __future__ import annotations

from typing import Final

MIN_LEARNERS: Final = 20
"""First attempts below which nothing is said of an item: a share then has an interval of 40 points."""
ALL_WRONG_LEARNERS: Final = 12
"""Learners from which an item that nobody ever got right is reported (upper limit of its success: 24 %)."""
TOO_HARD: Final = 0.35
"""An item is too hard when even the upper limit of its first-attempt success is below."""
TOO_EASY: Final = 0.90
"""An item is too easy when even the lower limit of its first-attempt success is above."""

WEAK_MASTERY: Final = 0.60
"""Mastery below which a learner is taken to need help on a skill."""
WEAK_CERTAINTY: Final = 0.80
"""How certain the model must be that a learner's mastery is below."""
MIN_RESPONSES: Final = 4
"""Responses of a learner on a skill before its mastery is evidence about the learner."""
HOLDS_BACK_OF: Final = 10
"""Learners with evidence on a skill, before it is called one that holds the class back."""
HOLDS_BACK_SHARE: Final = 0.30
"""Share of them with weak mastery from which it does: then it is for the class, below it is for single learners."""

FLAT_LEARNERS: Final = 20
"""Learners with several opportunities, before a learning curve is judged."""
FLAT_GAIN: Final = 0.08
"""Practice does not help when even the upper limit of the gain over five items is below."""
FLAT_SUCCESS: Final = 0.80
"""Nobody minds a flat curve of a skill that is answered right this often."""

STREAK: Final = 5
"""Wrong responses in a row, up to the latest one, that call for help."""
RECENT_DAYS: Final = 7
"""What counts as this week, back from the latest answer of the class."""
QUIET_DAYS: Final = 7
QUIET_UNTIL_DAYS: Final = 28
"""Who is silent for longer has left; that is no news this week."""
QUIET_ANSWERS: Final = 5
"""Answers before silence means anything."""
CLASS_ACTIVE: Final = 0.25
"""Share of the class that must have answered this week: else there is a break, and silence says nothing."""
NEARLY_DONE: Final = 0.95
"""Who has answered this share of all items has finished rather than gone quiet."""

FEW_ITEMS: Final = 3
"""A skill with fewer items cannot be practised to mastery."""
FEW_ITEMS_LEARNERS: Final = 5

TOP: Final = 5
"""Findings that an instructor meets first."""
TOP_PER_REASON: Final = 2
"""Of these, at most so many of one kind: five hard items would hide the learners who need help."""

MAX_MAP_LEARNERS: Final = 500
"""Learners in the mastery map, those who answered last: more is no map for a person."""

SPLIT_GROUP_ITEMS: Final = 3
"""Items that each half of a skill must have, before it is called a skill of its own."""
SPLIT_LEARNERS: Final = 60
"""Learners with two items of the skill or more: each half of them must be able to confirm the other."""
SPLIT_RELATED: Final = 0.75
"""Two abilities that go together more closely than this are one skill to a teacher."""
MISFIT_ITEMS: Final = 3
"""Items of a skill before another item is compared with them."""
MISFIT_RATIO: Final = 0.75
"""An item is tagged wrongly when its own skill explains less than this part of what another explains."""
LEADS_SKILLS: Final = 5
"""Skills of a course before one is said to lead to another: what all have in common must be known."""
LEADS_EXCESS: Final = 0.15
"""By how much two skills must correlate above what all skills have in common."""
LEADS_BEFORE: Final = 0.75
"""Share of learners who must have met the one skill before the other."""
LEADS_GAP: Final = 0.10
"""By how much those who have the one skill must do better at the other, at equal success elsewhere."""
DRIFT_MONTHS: Final = 3
"""Months with answers before an item is said to change over time."""
DRIFT_SHIFT: Final = 0.15
"""By how much the first-attempt success must have moved from the first to the last month."""
KEY_LEARNERS: Final = 10
"""Learners who must have chosen another option than the keyed one, before the key is doubted."""
GROUP_LEARNERS: Final = 30
"""Learners of a class before groups are looked for."""
GROUP_CLEAR: Final = 0.3
"""Silhouette below which there are no groups, only a crowd."""
