"""Statements into Aspects' table and a question to it, in a process of its own: there is one embedded engine a process.

JSON on standard input: `statements` and `query`; the rows of the answer as JSON on standard output.
"""

from __future__ import annotations

import json
import sys
import tempfile

from chdb.session import Session

# What Aspects' dbt derives of a statement, by the paths that its model reads.
PARSED = """
    CREATE TABLE xapi.xapi_events_all_parsed ENGINE = MergeTree ORDER BY (verb_id, emission_time) AS
    SELECT event_id, emission_time, event,
        JSON_VALUE(event, '$.verb.id') AS verb_id,
        JSON_VALUE(event, '$.actor.account.name') AS actor_id,
        JSON_VALUE(event, '$.object.id') AS object_id,
        if(
            JSON_VALUE(event, '$.context.contextActivities.parent[0].definition.type')
                = 'http://adlnet.gov/expapi/activities/course',
            JSON_VALUE(event, '$.context.contextActivities.parent[0].id'),
            JSON_VALUE(event, '$.object.id')
        ) AS course_id,
        splitByString('/', course_id)[-1] AS course_key,
        extract(course_id, 'course-v1:([a-zA-Z0-9]*)') AS org
    FROM xapi.xapi_events_all
"""


def main() -> None:
    """Fill, ask, print."""
    given = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder)
        session.query("CREATE DATABASE xapi")
        session.query(
            "CREATE TABLE xapi.xapi_events_all (event_id UUID, emission_time DateTime64(6), event String)"
            " ENGINE = ReplacingMergeTree ORDER BY (emission_time, event_id)"
        )
        lines = [
            json.dumps({"event_id": one["id"], "emission_time": one["timestamp"], "event": json.dumps(one)})
            for one in given["statements"]
        ]
        session.query(
            "INSERT INTO xapi.xapi_events_all SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow "
            + "\n".join(lines)
        )
        session.query(PARSED)
        print(f"[{','.join(str(session.query(given['query'], 'JSONEachRow')).split(chr(10))[:-1])}]")
        session.close()


if __name__ == "__main__":
    main()
