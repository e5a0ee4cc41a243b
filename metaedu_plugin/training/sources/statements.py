"""What is asked of Aspects' ClickHouse.

Its statements are those of event-routing-backends. Of its tables only two are read, which have kept their names and
columns from Aspects 1 to 3: `xapi_events_all`, which Ralph or Vector writes, and `xapi_events_all_parsed`, which dbt
makes of it and which is sorted by verb. What else dbt makes (`problem_events`) has no microseconds, and no parts.
"""

from __future__ import annotations

from typing import Final

PARSED: Final = "xapi_events_all_parsed"
RAW: Final = "xapi_events_all"
EXTERNAL: Final = "event_sink.external_id"
"""Who an actor is on the platform; Aspects fills it where it was allowed personal data."""

EVALUATED: Final = "https://w3id.org/xapi/acrossx/verbs/evaluated"
ASKED: Final = "http://adlnet.gov/expapi/verbs/asked"
"""For a hint, or for the answer."""
PROGRESSED: Final = "http://adlnet.gov/expapi/verbs/progressed"
STEPS: Final = (
    PROGRESSED,
    "http://adlnet.gov/expapi/verbs/registered",
    "http://id.tincanapi.com/verb/unregistered",
)
"""Completion and enrolment: what capture takes for a step of the learner, too."""
VERBS: Final = (EVALUATED, ASKED, *STEPS)
ATTEMPT: Final = "http://id.tincanapi.com/extension/attempt-id"

_COLUMNS: Final = {
    PARSED: "event_id, emission_time, verb_id, actor_id, object_id, event",
    RAW: """event_id, emission_time, event,
        JSONExtractString(event, 'verb', 'id') AS verb_id,
        JSONExtractString(event, 'object', 'id') AS object_id,
        coalesce(
            nullIf(JSONExtractString(event, 'actor', 'account', 'name'), ''),
            nullIf(JSONExtractString(event, 'actor', 'mbox'), ''),
            JSONExtractString(event, 'actor', 'mbox_sha1sum')
        ) AS actor_id""",
}

COURSE: Final = """extract(
                concat(
                    JSONExtractString(event, 'context', 'contextActivities', 'parent', 1, 'id'), ' ',
                    JSONExtractString(event, 'context', 'contextActivities', 'grouping', 1, 'id'), ' ',
                    object_id
                ),
                '/course/([^ ]+)'
            )"""
"""The parent of a statement is its course, or, for a part of a problem, the problem; then the course is what groups."""
_LIST: Final = ", ".join(f"'{verb}'" for verb in VERBS)


def tables(database: str) -> str:
    """The tables that are read, as far as they are there."""
    return (
        "SELECT concat(database, '.', name) FROM system.tables"
        f" WHERE (database = '{database}' AND name IN ('{PARSED}', '{RAW}'))"
        f" OR concat(database, '.', name) = '{EXTERNAL}'"
    )


def states(database: str, table: str) -> str:
    """A row per course: its key, how many statements count, the newest, a sum that a deletion changes, who answered."""
    return (
        f"SELECT {COURSE} AS course, count(), toInt64(max(toUnixTimestamp64Micro(emission_time))),"
        f" toUInt64(sum(cityHash64(event_id))), groupUniqArrayIf(actor_id, verb_id = '{EVALUATED}')"
        f" FROM (SELECT {_COLUMNS[table]} FROM {database}.{table}) WHERE verb_id IN ({_LIST}) GROUP BY course"
    )


def actors(database: str, table: str) -> str:
    """Whoever answered."""
    said = f"SELECT {_COLUMNS[table]} FROM {database}.{table}"
    return f"SELECT DISTINCT actor_id FROM ({said}) WHERE verb_id = '{EVALUATED}'"


def users() -> str:
    """Actors with the platform's user, from Aspects' own table."""
    return (
        f"SELECT toString(external_user_id), any(user_id) FROM {EXTERNAL} WHERE external_id_type = 'xapi'"
        " GROUP BY external_user_id"
    )


def answers(database: str, table: str) -> str:
    """Everything that counts in the courses of the parameter `courses`; one that is there twice, twice.

    A learner's statements of a course come together, in time.
    """
    return f"""
        SELECT
            {COURSE} AS course,
            actor_id,
            toInt64(toUnixTimestamp64Micro(emission_time)) AS moment,
            toString(event_id) AS statement,
            verb_id,
            object_id,
            if(
                JSONHas(event, 'context', 'statement'),
                JSONExtractString(event, 'context', 'contextActivities', 'parent', 1, 'id'),
                ''
            ) AS parent,
            JSONExtract(event, 'result', 'success', 'Nullable(Bool)') AS success,
            JSONExtract(event, 'result', 'score', 'scaled', 'Nullable(Float64)') AS scaled,
            JSONExtract(event, 'result', 'score', 'max', 'Nullable(Float64)') AS most,
            JSONExtract(event, 'object', 'definition', 'extensions', '{ATTEMPT}', 'Nullable(Int64)') AS attempt
        FROM (SELECT {_COLUMNS[table]} FROM {database}.{table})
        WHERE verb_id IN ({_LIST}) AND course IN %(courses)s
            AND (verb_id != '{PROGRESSED}' OR JSONExtractBool(event, 'result', 'completion'))
        ORDER BY course, actor_id, moment, statement
    """
