"""Skills made of units, for items that nobody tagged."""

from __future__ import annotations

from django.db.models import Min

from metaedu_plugin.curriculum.models import Item, Skill

PREFIX = "unit:"


def skill_key(unit: str) -> str:
    """Key of the skill that stands for a unit: it never meets the key of an authored skill."""
    return f"{PREFIX}{unit}"[:255]


def sync(*, course_id: int) -> None:
    """Keep exactly the unit skills that untagged items of the course fall back to."""
    untagged = Item.objects.filter(course_id=course_id, skills__isnull=True).exclude(unit="")
    wanted = {
        skill_key(unit): (unit, position)
        for unit, position in untagged.order_by().values_list("unit").annotate(first=Min("position"))
    }
    stored = Skill.objects.filter(course_id=course_id, is_unit=True)
    stored.exclude(key__in=wanted).delete()
    have = {skill.key: skill for skill in stored}
    moved = [skill for key, skill in have.items() if skill.position != wanted[key][1]]
    for skill in moved:
        skill.position = wanted[skill.key][1]
    Skill.objects.bulk_update(moved, ["position"], batch_size=500)
    Skill.objects.bulk_create(
        [
            Skill(course_id=course_id, key=key, title=unit, position=position, is_unit=True)
            for key, (unit, position) in wanted.items()
            if key not in have
        ],
        batch_size=500,
    )
