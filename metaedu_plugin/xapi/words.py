"""Verbs and names of the statements.

Verbs are those of public vocabularies, and none that a report of Aspects counts already: a suggestion that is
followed is no navigation there, feedback no evaluation.
"""

from __future__ import annotations

from typing import Final

from metaedu_plugin import tracking

Verb = dict[str, str]

VIEWED: Final[Verb] = {"id": "http://id.tincanapi.com/verb/viewed", "display": "viewed"}
LAUNCHED: Final[Verb] = {"id": "http://adlnet.gov/expapi/verbs/launched", "display": "launched"}
SKIPPED: Final[Verb] = {"id": "http://id.tincanapi.com/verb/skipped", "display": "skipped"}
ACCEPTED: Final[Verb] = {"id": "http://activitystrea.ms/schema/1.0/accept", "display": "accepted"}
REJECTED: Final[Verb] = {"id": "http://activitystrea.ms/schema/1.0/reject", "display": "rejected"}

VERBS: Final[dict[str, Verb]] = {
    tracking.RECOMMENDATION_SHOWN: VIEWED,
    tracking.RECOMMENDATION_FOLLOWED: LAUNCHED,
    tracking.RECOMMENDATION_DISMISSED: SKIPPED,
    tracking.FEEDBACK_SHOWN: VIEWED,
    tracking.PLAN_VIEWED: VIEWED,
    tracking.INSIGHT_SHOWN: VIEWED,
    tracking.INSIGHT_ACCEPTED: ACCEPTED,
    tracking.INSIGHT_DISMISSED: REJECTED,
}

QUESTION: Final = "http://adlnet.gov/expapi/activities/question"
OBJECTIVE: Final = "http://adlnet.gov/expapi/activities/objective"
RESOURCE: Final = "http://id.tincanapi.com/activitytype/resource"

EXTENSION: Final = "https://w3id.org/xapi/metaedu/extension/"
"""Before the name of each field of the event's data; a name, not an address."""
EVENT: Final = f"{EXTENSION}event"
LEFT_OUT: Final = {"course_id"}
"""Fields that the statement says in its own words."""
