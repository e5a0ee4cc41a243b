"""What is stored, for the other apps and the operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from metaedu_plugin.capture import identity, spool, switches
from metaedu_plugin.capture.data import Captured, Loss, Status
from metaedu_plugin.capture.models import Activity, DeadLetter, Learner, Response
from metaedu_plugin.capture.receive import Losses

FIELDS = ("key", "course", "problem", "part", "item", "correct", "score", "attempt", "hints", "seconds", "choice")
BATCH = 500
"""Keys that every database takes at once."""
NAMES = (*FIELDS, "time", "id", "learner__pseudonym")


def responses(*, course: str, learner: str | None = None, after: int = 0) -> Iterator[Captured]:
    """Valid responses of a course in (time, id) order; those without a time come in the order of their source.

    `learner` is a pseudonym. `after` leaves out rows up to that id, for who has read them already.
    """
    rows = Response.objects.filter(course=course, valid=True, id__gt=after)
    if learner is not None:
        rows = rows.filter(learner__pseudonym=learner)
    for row in rows.order_by("time", "id").values_list(*NAMES).iterator(chunk_size=2000):
        yield _captured(row)


def responses_of(*, course: str, learners: Sequence[str], after: int = 0) -> dict[str, list[Captured]]:
    """The same of several learners, by pseudonym; empty lists for those who have none."""
    found: dict[str, list[Captured]] = {learner: [] for learner in learners}
    for start in range(0, len(learners), BATCH):
        # By their rows' keys and in any order: else databases go through the whole course instead of these learners.
        some = list(Learner.objects.filter(pseudonym__in=learners[start : start + BATCH]).values_list("pk", flat=True))
        rows = Response.objects.filter(learner_id__in=some, course=course, valid=True, id__gt=after).order_by()
        for row in map(_captured, rows.values_list(*NAMES)):
            found[row.learner].append(row)
    for its in found.values():
        its.sort(key=lambda row: (row.time.timestamp() if row.time else 0.0, row.id))
    return found


def latest(*, course: str, learner: str, most: int) -> list[Captured]:
    """A learner's latest valid responses whose time is known, so many at most, in the order of their times."""
    rows = Response.objects.filter(learner__pseudonym=learner, course=course, valid=True, time__isnull=False)
    newest = rows.order_by("-time", "-id").values_list(*NAMES)[:most]
    return [_captured(row) for row in reversed(newest)]


def overtaken(*, keys: Sequence[str]) -> list[Captured]:
    """Of responses by their keys, those that no longer count."""
    found: list[Captured] = []
    for start in range(0, len(keys), BATCH):
        rows = Response.objects.filter(key__in=keys[start : start + BATCH], valid=False)
        found += map(_captured, rows.values_list(*NAMES))
    return found


def courses() -> list[str]:
    """Courses with responses, by key."""
    keys = Response.objects.order_by("course").values_list("course", flat=True)
    found: list[str] = []
    # From one to the next along the index: a distinct query walks over every response.
    while (key := (keys.filter(course__gt=found[-1]) if found else keys).first()) is not None:
        found.append(key)
    return found


def learner_for(*, user_id: int) -> str:
    """Pseudonym of a platform user; the row is made where it is missing."""
    name = identity.pseudonym(f"user:{user_id}")
    learner, _ = Learner.objects.get_or_create(user_id=user_id, defaults={"pseudonym": name})
    return learner.pseudonym


def user_ids(*, pseudonyms: Iterable[str]) -> dict[str, int]:
    """Platform users by pseudonym; imported learners have none and are left out."""
    found = Learner.objects.filter(pseudonym__in=list(pseudonyms), user_id__isnull=False)
    return {pseudonym: user_id for pseudonym, user_id in found.values_list("pseudonym", "user_id") if user_id}


def status() -> Status:
    """How capture fares, for the operator."""
    spool_bytes, spool_age = spool.size()
    newest = Response.objects.order_by("-id").values_list("captured", flat=True).first()
    return Status(
        capture=switches.is_on(name="capture"),
        responses=Response.objects.count(),
        activities=Activity.objects.count(),
        learners=Learner.objects.count(),
        courses=len(courses()),
        dead_letters=DeadLetter.objects.filter(replayed=None).count(),
        spool_bytes=spool_bytes,
        spool_age=spool_age,
        lost=Losses.count,
        loss=_loss(),
        last=newest,
    )


def _captured(row: tuple[Any, ...]) -> Captured:
    return Captured(learner=row[-1], **dict(zip(NAMES[:-1], row[:-1], strict=True)))


def _loss() -> Loss | None:
    if Losses.last is None:
        return None
    return Loss(count=Losses.row, last=Losses.last, why=Losses.why, over=not Losses.failing)
