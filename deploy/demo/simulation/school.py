"""The whole class: users, their weeks, and the way of their events into the plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from time import monotonic, sleep
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from deploy.demo import events
from deploy.demo.content import Course
from deploy.demo.models import Enrolment, PageRead, ProblemState
from deploy.demo.simulation.calendar import sessions
from deploy.demo.simulation.life import Life
from deploy.demo.simulation.mind import Mind
from metaedu_plugin.capture import api as capture

PREFIX = "simulated-"
WEEKS_DAYS = 21
PATIENCE = 120.0
"""Seconds to wait for the events to arrive."""
VISITOR_PROBLEMS = 6
"""Problems that the demo's own learner has already met, so that the pages are not empty."""
Thing = TypeVar("Thing")


def there() -> int:
    """How many simulated learners there are."""
    return _learners().count()


def remove() -> None:
    """Take the simulated class away, from the platform and from the plugin."""
    for user in _learners():
        capture.forget(user_id=user.pk)
    _learners().delete()


def simulate(*, course: Course, learners: int, seed: int, quiet: bool = False) -> int:
    """Let a class of that size live through three weeks up to now; returns the responses that capture took in."""
    now = timezone.now()
    before = capture.status().responses
    users = _users(learners, now)
    lives = [
        _live(user, course, Random(f"{seed}:{number}"), now)
        for number, user in enumerate(_progress(users, "simulating the class", quiet))
    ]
    visitor = get_user_model().objects.filter(username="learner").first()
    if visitor is not None and not ProblemState.objects.filter(user=visitor).exists():
        lives.append(_visitor(visitor, course, Random(f"{seed}:visitor"), now))
    _store(lives)
    happened = sorted((event for life in lives for event in life.events), key=lambda event: event["timestamp"])
    for event in _progress(happened, "sending events", quiet):
        events.emit(event)
    _arrive()
    return capture.status().responses - before


def _arrive() -> None:
    """Wait until all events are rows: another process, or this one's own thread, may be draining too."""
    give_up = monotonic() + PATIENCE
    while capture.drain() and capture.status().spool_bytes and monotonic() < give_up:
        sleep(0.2)


def _users(count: int, now: datetime) -> list[Any]:
    users = get_user_model()
    users.objects.bulk_create(
        [
            users(
                username=f"{PREFIX}{number:03}",
                first_name="Simulated learner",
                last_name=f"{number:03}",
                password=make_password(None),
                date_joined=now,
            )
            for number in range(1, count + 1)
        ],
        batch_size=500,
    )
    return list(_learners().order_by("pk"))


def _learners() -> Any:
    return get_user_model().objects.filter(username__startswith=PREFIX)


def _live(user: Any, course: Course, random: Random, now: datetime) -> Life:
    life = Life(user.pk, user.get_username(), Mind.born(random, course), course)
    life.live(sessions(random, now=now, days=WEEKS_DAYS))
    return life


def _visitor(user: Any, course: Course, random: Random, now: datetime) -> Life:
    """The demo's own learner: a beginning in the first units, yesterday."""
    life = Life(user.pk, user.get_username(), Mind.born(random, course, ability=0.2), course)
    begin = now - timedelta(days=1)
    life.live(iter([(begin, begin + timedelta(hours=2))]), most=VISITOR_PROBLEMS)
    return life


def _store(lives: Iterable[Life]) -> None:
    with transaction.atomic():
        Enrolment.objects.bulk_create(
            [life.enrolment for life in lives if life.enrolment], batch_size=500, ignore_conflicts=True
        )
        ProblemState.objects.bulk_create(
            [state for life in lives for state in life.states.values() if state.attempts], batch_size=500
        )
        PageRead.objects.bulk_create(
            [page for life in lives for page in life.read.values()], batch_size=500, ignore_conflicts=True
        )


def _progress(things: list[Thing], title: str, quiet: bool) -> Iterator[Thing]:
    """The things, with a bar where tqdm is installed and somebody looks."""
    if quiet:
        return iter(things)
    try:
        from tqdm import tqdm  # noqa: PLC0415  belongs to the training extra
    except ImportError:
        return iter(things)
    return iter(tqdm(things, desc=title, mininterval=0.5))
