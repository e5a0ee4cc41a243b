"""Which skill comes before which: a graph without circles. What is changed by hand is logged, and can be taken back."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext as _

from metaedu_plugin.curriculum.data import PrerequisiteChangeInfo
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.models import Course, PrerequisiteChange, Skill


def cycle_in(*, course_id: int) -> list[str]:
    """Keys of the skills of one circle of prerequisites, first and last the same; empty when there is none.

    Each is needed for the one after it.
    """
    graph: dict[str, set[str]] = {}
    pairs = Skill.objects.filter(course_id=course_id, prerequisites__isnull=False)
    for skill, before in pairs.values_list("key", "prerequisites__key"):
        graph.setdefault(skill, set()).add(before)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def set_prerequisite(*, course: str, skill: str, before: str, declared: bool, by: str) -> bool:
    """Declare that one skill comes before another, or withdraw that; False where it is so already.

    Raises CurriculumError, with nothing written, for a skill that the course does not have, and where prerequisites
    would go round in a circle.
    """
    with transaction.atomic():
        row = Course.objects.select_for_update().filter(key=course).first()
        found = {one.key: one for one in Skill.objects.filter(course=row, key__in=[skill, before])} if row else {}
        missing = [key for key in dict.fromkeys((skill, before)) if key not in found]
        if row is None or missing:
            raise CurriculumError([_("The course has no skill “%(skill)s”.") % {"skill": key} for key in missing])
        after, first = found[skill], found[before]
        if after == first:
            raise CurriculumError(_("A skill cannot come before itself: choose two different ones."))
        if after.prerequisites.filter(pk=first.pk).exists() == declared:
            return False
        if declared:
            after.prerequisites.add(first)
            _refuse_circle(row.pk)
        else:
            after.prerequisites.remove(first)
        PrerequisiteChange.objects.create(course=row, skill=skill, before=before, declared=declared, by=by[:150])
    return True


def undo_prerequisite(*, course: str, change: int, by: str) -> bool:
    """Take a change back, as a change of its own; False where that is so already.

    Raises CurriculumError for a change of another course, and as `set_prerequisite`.
    """
    row = PrerequisiteChange.objects.filter(course__key=course, pk=change).first()
    if row is None:
        raise CurriculumError(_("There is no such change in this course."))
    return set_prerequisite(course=course, skill=row.skill, before=row.before, declared=not row.declared, by=by)


def prerequisite_changes(*, course: str, most: int = 50) -> list[PrerequisiteChangeInfo]:
    """The latest changes by hand, the latest first. Of the same two skills only the latest can be taken back."""
    skills = Skill.objects.filter(course__key=course)
    now = set(skills.filter(prerequisites__isnull=False).values_list("key", "prerequisites__key"))
    known = set(skills.values_list("key", flat=True))
    met: set[tuple[str, str]] = set()
    told = []
    for row in PrerequisiteChange.objects.filter(course__key=course)[:most]:
        pair = (row.skill, row.before)
        holds = pair not in met and (pair in now) == row.declared and known.issuperset(pair)
        met.add(pair)
        fields = {name: getattr(row, name) for name in PrerequisiteChangeInfo.__struct_fields__ if name != "holds"}
        told.append(PrerequisiteChangeInfo(**fields, holds=holds))
    return told


def _refuse_circle(course_id: int) -> None:
    cycle = cycle_in(course_id=course_id)
    if not cycle:
        return
    titles = dict(Skill.objects.filter(course_id=course_id, key__in=cycle).values_list("key", "title"))
    steps = [
        _("“%(skill)s” needs “%(before)s”") % {"skill": titles[skill], "before": titles[before]}
        for before, skill in pairwise(cycle)
    ]
    raise CurriculumError(
        _("That would go round in a circle, and nobody could begin: %(steps)s. Withdraw one of these first.")
        % {"steps": ", ".join(steps)}
    )
