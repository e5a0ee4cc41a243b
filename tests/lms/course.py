"""A course made and published with the platform's own content store."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

CAPITAL = """<problem><multiplechoiceresponse>
  <label>What is the capital of France?</label>
  <choicegroup type="MultipleChoice">
    <choice correct="false">Lyon</choice><choice correct="true">Paris</choice><choice correct="false">Nice</choice>
  </choicegroup>
</multiplechoiceresponse></problem>"""
SUMS = """<problem>
  <numericalresponse answer="5"><label>2 + 3</label><formulaequationinput/></numericalresponse>
  <numericalresponse answer="7"><label>3 + 4</label><formulaequationinput/></numericalresponse>
</problem>"""
PRIMES = """<problem><choiceresponse partial_credit="EDC">
  <label>Which of these are primes?</label>
  <checkboxgroup>
    <choice correct="true">2</choice><choice correct="true">3</choice>
    <choice correct="false">4</choice><choice correct="true">5</choice>
  </checkboxgroup>
</choiceresponse></problem>"""
PROBLEMS = {"capital": CAPITAL, "sums": SUMS, "primes": PRIMES}


@dataclass
class Course:
    """The keys of what was published."""

    key: Any
    unit: Any
    problems: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.key)

    def enable(self) -> None:
        """Its learners see feedback. A platform without the publish receiver names the course here."""
        from metaedu_plugin.curriculum import api as curriculum

        if curriculum.course(key=str(self)) is None:
            curriculum.save_course(key=str(self), title="Made here")
        curriculum.set_enabled(course=str(self), enabled=True)


def publish(*, number: str) -> Course:
    """One section with one unit of three problems, live for everybody; the publish signal is sent as in Studio."""
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred), store.default_store("split"):
        course = store.create_course(
            "metaedu", number, "run", author, fields={"display_name": f"Course {number}", "start": start}
        )
        with store.bulk_operations(course.id):
            chapter = store.create_child(author, course.location, "chapter", fields={"display_name": "Week one"})
            lesson = store.create_child(author, chapter.location, "sequential", fields={"display_name": "Lesson one"})
            unit = store.create_child(author, lesson.location, "vertical", fields={"display_name": "Unit one"})
            made = Course(course.id, unit.location)
            store.create_child(author, unit.location, "html", fields={"display_name": "Read me", "data": "<p>Read</p>"})
            for name in PROBLEMS:
                made.problems[name] = add_problem(store, author, unit.location, name).location
        store.publish(course.location, author)
    return made


def add_problem(store: Any, author: int, unit: Any, name: str) -> Any:
    """One problem of PROBLEMS under a unit."""
    fields = {"display_name": f"About {name}", "data": PROBLEMS[name], "weight": None}
    return store.create_child(author, unit, "problem", block_id=name, fields=fields)
