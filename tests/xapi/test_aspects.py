"""What a chart of Aspects gets of metaedu's statements, by the question that docs/events.md gives."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

from metaedu_plugin import tracking
from tests.xapi.process import ROOT, needed, statements_of
from tests.xapi.standins import external_id

COURSE = "course-v1:Owl+FRAC1+2026"
ITEM = "block-v1:Owl+FRAC1+2026+type@problem+block@add1#2_1"


def ask(statements: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    needed("chdb")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.xapi.clickhouse"],
        input=json.dumps({"statements": statements, "query": query}),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def event(name: str, reason: str) -> dict[str, Any]:
    data = {"version": 1, "course_id": COURSE, "kind": "practise", "reason": reason, "item": ITEM, "skill": "add"}
    return {"user": 7, "name": name, "course": COURSE, "data": data}


def test_the_documented_question_counts_what_was_followed() -> None:
    happened = [
        (tracking.RECOMMENDATION_SHOWN, "weak_skill"),
        (tracking.RECOMMENDATION_FOLLOWED, "weak_skill"),
        (tracking.RECOMMENDATION_SHOWN, "weak_skill"),
        (tracking.RECOMMENDATION_DISMISSED, "weak_skill"),
        (tracking.RECOMMENDATION_SHOWN, "next_skill"),
        (tracking.FEEDBACK_SHOWN, "first_response"),
    ]
    statements = statements_of([event(*each) for each in happened])
    (question,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "events.md").read_text(), re.DOTALL)
    told = {row["reason"]: (int(row["shown"]), int(row["followed"])) for row in ask(statements, question)}
    assert told == {"weak_skill": (2, 1), "next_skill": (1, 0)}
    columns = ask(statements, "SELECT DISTINCT course_key, org, actor_id FROM xapi.xapi_events_all_parsed")
    assert columns == [{"course_key": COURSE, "org": "Owl", "actor_id": str(external_id(7))}]
