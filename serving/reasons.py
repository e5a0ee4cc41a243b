"""Stable reason codes. Texts for people are made of them elsewhere, in the person's language."""

from __future__ import annotations

from typing import Final

# What a response says.
FIRST_RESPONSE: Final = "first_response"  # nothing was seen of the skill before
RIGHT_AS_EXPECTED: Final = "right_as_expected"
RIGHT_SURPRISE: Final = "right_surprise"  # right although the model expected wrong
WRONG_AS_EXPECTED: Final = "wrong_as_expected"
WRONG_SURPRISE: Final = "wrong_surprise"  # wrong although the model expected right: perhaps a slip
SKILL_MASTERED: Final = "skill_mastered"  # the response that made the skill mastered
NO_SKILL: Final = "no_skill"  # the item has no skill to say anything about

# Why this next action.
RETRY_SLIP: Final = "retry_slip"  # wrong, but known: try the same again
READ_FIRST: Final = "read_first"  # several wrong: reading helps more than another try
WEAK_SKILL: Final = "weak_skill"  # the skill at hand is not yet mastered, and within reach
PREREQUISITE: Final = "prerequisite"  # something that comes before is missing
NEXT_SKILL: Final = "next_skill"  # this one is mastered: go on
REVIEW_DUE: Final = "review_due"  # mastered, but not seen for days
COURSE_ORDER: Final = "course_order"  # it comes next in the course: for who is compared with those who get suggestions

# Why there is none.
ALL_MASTERED: Final = "all_mastered"
NO_CANDIDATES: Final = "no_candidates"
ALL_ANSWERED: Final = "all_answered"  # in the course's order nothing is left that was not answered

# Why a plan is as it is.
PLAN_READY: Final = "plan_ready"
PLAN_TOO_SHORT: Final = "plan_too_short"  # more to do than fits before the date

# What a prediction rests on: `Evidence.code`, with what its value is.
OWN_OVERALL: Final = "own_overall"  # share of the learner's answers in the course that were right
OWN_SKILL: Final = "own_skill"  # share of the learner's answers on the item's skills that were right
OWN_ITEM: Final = "own_item"  # share of the learner's answers to this very item that were right
OTHERS_ITEM: Final = "others_item"  # share of the others' answers to the item that were right
OTHERS_SKILL: Final = "others_skill"  # share of the others' answers on the item's skills that were right
TIME_SINCE: Final = "time_since"  # days since the learner's last answer on the item's skills
