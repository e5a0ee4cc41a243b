"""Makes the demo ready: accounts, the course and its curriculum. Safe to repeat."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterable, Sequence

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from deploy.demo.access import staff_group
from deploy.demo.accounts import ACCOUNTS, Account
from deploy.demo.content import Course, course
from deploy.demo.markup import plain
from metaedu_plugin.curriculum import api as curriculum


def setup() -> Course:
    """Create or repair everything that the demo needs; an instructor's switch is left as it is."""
    found = course()
    with transaction.atomic():
        group, _ = Group.objects.get_or_create(name=staff_group(found.key)[:150])
        for account in ACCOUNTS:
            _account(account, group)
        known = curriculum.course(key=found.key)
        curriculum.save_course(
            key=found.key,
            title=found.title,
            url=reverse("demo:course", args=[found.key]),
            ends=_ends(found, known.ends if known else None),
        )
        curriculum.import_csv(course=found.key, skills=_skills(found), items=_items(found), pages=_pages(found))
        if known is None:
            curriculum.set_enabled(course=found.key, enabled=True)
    return found


def _account(account: Account, staff: Group) -> None:
    users = get_user_model()
    user, new = users.objects.get_or_create(
        username=account.username, defaults={"first_name": account.first_name, "last_name": account.last_name}
    )
    if new or not user.check_password(account.password):
        user.set_password(account.password)
    user.is_staff = user.is_superuser = account.operates
    user.save()
    if account.teaches:
        user.groups.add(staff)


def _ends(found: Course, stored: datetime.date | None) -> datetime.date:
    """A last day that is ahead: the stored one, until it has passed."""
    today = timezone.localdate()
    return stored if stored and stored > today else today + datetime.timedelta(days=found.days)


def _skills(found: Course) -> io.StringIO:
    return _table(
        ("skill", "title", "prerequisites", "position"),
        ((unit.key, unit.title, ";".join(unit.prerequisites), n) for n, unit in enumerate(found.units, start=1)),
    )


def _items(found: Course) -> io.StringIO:
    rows: list[tuple[object, ...]] = []
    for unit, problem in found.problems():
        url = reverse("demo:problem", args=[found.key, problem.id])
        block = found.block("problem", problem.id)
        for number, (name, asked) in enumerate(problem.inputs(), start=1):
            title = f"{problem.title} ({number})" if len(problem.part) > 1 else problem.title
            part = name.removeprefix(f"{problem.id}_")
            minutes = problem.minutes / len(problem.part)
            options = json.dumps({f"choice_{n}": plain(option) for n, option in enumerate(asked.options)})
            about = (plain(title), unit.key, unit.title, url, minutes, len(problem.hints), len(rows) + 1, options)
            rows.append((f"{block}#{part}", *about))
    return _table(("item", "title", "skills", "unit", "url", "minutes", "hints", "position", "options"), rows)


def _pages(found: Course) -> io.StringIO:
    return _table(
        ("title", "url", "skills", "minutes"),
        (
            (unit.page.title, reverse("demo:read", args=[found.key, unit.key]), unit.key, unit.page.minutes)
            for unit in found.units
        ),
    )


def _table(columns: tuple[str, ...], rows: Iterable[Sequence[object]]) -> io.StringIO:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    text.seek(0)
    return text
