"""Which skill comes before which: a graph without circles."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from metaedu_plugin.curriculum.models import Skill


def cycle_in(*, course_id: int) -> list[str]:
    """Keys of the skills of one circle of prerequisites, first and last the same; empty when there is none."""
    graph: dict[str, set[str]] = {}
    pairs = Skill.objects.filter(course_id=course_id, prerequisites__isnull=False)
    for skill, before in pairs.values_list("key", "prerequisites__key"):
        graph.setdefault(skill, set()).add(before)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
