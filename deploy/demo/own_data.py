"""Shows an operator's own answers to the demo accounts."""

from __future__ import annotations

from django.conf import settings

OWN_COURSE = "own-course.txt"
"""File in the data directory that names the course for the demo's run."""


def show_own_data() -> str:
    """Enable the course with the most answers; the instructor teaches it, the learner stands for one of its learners.

    Raises:
        LookupError: nothing was imported.

    """
    from django.contrib.auth.models import Group, User  # noqa: PLC0415 - the demo's run reads OWN_COURSE without Django
    from django.db.models import Count  # noqa: PLC0415

    from deploy.demo.access import staff_group  # noqa: PLC0415
    from deploy.demo.accounts import ACCOUNTS  # noqa: PLC0415
    from metaedu_plugin.capture.models import Learner, Response  # noqa: PLC0415
    from metaedu_plugin.curriculum import api as curriculum  # noqa: PLC0415

    course = Response.objects.values("course").annotate(number=Count("id")).order_by("-number").first()
    if course is None:
        raise LookupError(
            "No answers were imported, so there is nothing to show. Look at: manage.py metaedu_dead_letters"
        )
    key = str(course["course"])
    curriculum.set_enabled(course=key, enabled=True)
    group, _ = Group.objects.get_or_create(name=staff_group(key)[:150])
    for account in ACCOUNTS:
        if account.teaches:
            User.objects.get(username=account.username).groups.add(group)
    counted = Learner.objects.filter(responses__course=key).annotate(number=Count("responses")).order_by("number", "id")
    typical = counted[counted.count() // 2]
    learner = User.objects.get(username="learner")
    Learner.objects.filter(user_id=learner.pk).exclude(pk=typical.pk).delete()
    Learner.objects.filter(pk=typical.pk).update(user_id=learner.pk)
    (settings.METAEDU_DATA_DIR / OWN_COURSE).write_text(key)
    return key
