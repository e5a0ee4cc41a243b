"""Versions in and out of the champion's place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.registry import beside, gate, retired, shelf
from metaedu_plugin.registry.comparison import Comparison, Decision
from metaedu_plugin.registry.errors import RegistryError
from metaedu_plugin.registry.log import record
from metaedu_plugin.registry.models import ModelVersion
from metaedu_plugin.registry.signals import promoted
from metaedu_plugin.registry.types import VersionInfo

Role = ModelVersion.Role
T = TypeVar("T")
TRIES: Final = 5
ANY: Final = "*"
"""Whoever is champion: no version's name may hold an asterisk."""


def champion() -> VersionInfo | None:
    """The version that serves, or None while nothing was promoted."""
    row = ModelVersion.objects.filter(seat=1).first()
    return VersionInfo.of(row) if row else None


def versions() -> list[VersionInfo]:
    """All versions, the newest first."""
    return [VersionInfo.of(row) for row in ModelVersion.objects.all()]


def register(*, bundle: Path | str, metrics: dict[str, Any] | None = None, by: str = "training") -> VersionInfo:
    """Verify a bundle's directory and take a copy of it in as candidate.

    Raises serving.bundle.BundleError, with what to do, when the bundle is refused,
    and RegistryError when its name is taken: then nothing is kept of it.
    """
    loaded = shelf.load(Path(bundle))
    name = loaded.name
    try:
        with transaction.atomic():
            # The row comes first: its unique name keeps two who register the same from meddling with one directory.
            row = ModelVersion.objects.create(
                name=name,
                path="",
                metrics=metrics or loaded.manifest.metrics,
                retired_learners=retired.during_the_run(),
            )
            row.path = str(shelf.take_in(loaded))
            row.save(update_fields=["path"])
            record("register", version=name, by=by)
    except IntegrityError as error:
        raise RegistryError(
            f"Version {name} is registered already. A version never changes: give a new name."
        ) from error
    return VersionInfo.of(row)


def decide(*, version: str, comparison: Comparison, by: str) -> Decision:
    """Send a version through the gate; the decision is kept, and the version promoted when it passed.

    Raises RegistryError when there is no such version.
    """
    row = _get(version)
    if row.seat == 1 and row.decision.get("promote"):
        # A worker that was killed right after the gate comes back here.
        return msgspec.convert(row.decision, Decision)
    seated = champion()
    decision = gate.judge(comparison, champion=seated.name if seated else None)
    if decision.promote and (problem := shelf.problem_with(Path(row.path))):
        decision = msgspec.structs.replace(
            decision, promote=False, reason=gate.BUNDLE_BROKEN, tables={"error": problem}
        )
    _keep(row, decision, by=by)
    if not decision.promote:
        return decision
    try:
        _seat(row, by=by, reason=decision.reason, action="promote", instead_of=seated.name if seated else None)
    except _ChampionChangedError:
        decision = msgspec.structs.replace(decision, promote=False, reason=gate.CHAMPION_CHANGED)
        _keep(row, decision, by=by)
    return decision


def judge(*, version: str, seen: Iterable[Path], by: str) -> Decision:
    """`decide` on what a version predicted beside the champion: `seen` are files of the service's `--seen`.

    Raises RegistryError when there is no such version, or nothing was seen of it beside who is champion now.
    """
    _get(version)
    seated = champion()
    found = beside.comparison(version=version, reference=seated.name if seated else None, seen=seen)
    return decide(version=version, comparison=found, by=by)


def promote(*, version: str, by: str, reason: str, override: bool = False) -> VersionInfo:
    """Make a version champion. One that the gate refused needs `override`.

    Raises RegistryError when there is no such version, when its bundle does not load, or when the gate refused it.
    """
    row = _get(version)
    if row.seat == 1:
        raise RegistryError(_("Version %(version)s is the champion already.") % {"version": version})
    if row.role == Role.REFUSED and not override:
        told = _("The gate refused version %(version)s. Promote it only with override, and say why.")
        raise RegistryError(told % {"version": version})
    if problem := shelf.problem_with(Path(row.path)):
        told = _("Version %(version)s cannot serve: %(problem)s")
        raise RegistryError(told % {"version": version, "problem": problem})
    return _seat(row, by=by, reason=reason, action="promote")


def rollback(*, by: str, reason: str) -> VersionInfo:
    """Return to the champion before this one.

    Raises RegistryError when there is none whose bundle still loads.
    """
    before = ModelVersion.objects.filter(seat=None, promoted__isnull=False, withdrawn=None).order_by("-promoted", "-id")
    row = next((row for row in before if not shelf.problem_with(Path(row.path))), None)
    if row is None:
        told = _(
            "There is no earlier version that could serve. Switch feedback off, or train and promote another version."
        )
        raise RegistryError(told)
    return _seat(row, by=by, reason=reason, action="rollback")


def _get(version: str) -> ModelVersion:
    row = ModelVersion.objects.filter(name=version).first()
    if row is None:
        told = _("There is no version %(version)s. metaedu_status lists those there are.")
        raise RegistryError(told % {"version": version})
    return row


def _keep(row: ModelVersion, decision: Decision, *, by: str) -> None:
    row.decision = msgspec.to_builtins(decision)
    if decision.reason in gate.REFUSALS and row.seat is None:
        row.role = Role.REFUSED
    row.save(update_fields=["decision", "role"])
    record("passed" if decision.promote else "not passed", version=row.name, by=by, reason=decision.reason)


class _ChampionChangedError(Exception):
    """Another version took the place while the gate was judging."""


def _seat(row: ModelVersion, *, by: str, reason: str, action: str, instead_of: str | None = ANY) -> VersionInfo:
    return _retried(lambda: _swap(row, by=by, reason=reason, action=action, instead_of=instead_of))


def _swap(row: ModelVersion, *, by: str, reason: str, action: str, instead_of: str | None) -> VersionInfo:
    now = timezone.now()
    with transaction.atomic():
        # A write comes first: on SQLite, where rows cannot be locked, whoever promotes at the same time waits here.
        ModelVersion.objects.filter(pk=row.pk).update(withdrawn=None)
        seated = ModelVersion.objects.select_for_update().filter(seat=1).exclude(pk=row.pk).first()
        previous = seated.name if seated else None
        if instead_of not in (ANY, previous):
            raise _ChampionChangedError
        if seated:
            seated.seat, seated.role = None, Role.RETIRED
            seated.withdrawn = now if action == "rollback" else None
            seated.save(update_fields=["seat", "role", "withdrawn"])
        ModelVersion.objects.filter(pk=row.pk).update(seat=1, role=Role.CHAMPION, promoted=now)
        record(action, version=row.name, by=by, reason=reason)
        row.refresh_from_db()
        info = VersionInfo.of(row)
        # After the commit, and robust: a listener of another app must not undo a promotion.
        transaction.on_commit(lambda: _tell(info, previous))
    return info


def _tell(version: VersionInfo, previous: str | None) -> None:
    promoted.send_robust(sender=ModelVersion, version=version, previous=previous)


def _retried(swap: Callable[[], T]) -> T:
    """Two who promote at once meet at the seat's uniqueness or in a deadlock: one tries again and comes second."""
    for left in reversed(range(TRIES)):
        try:
            return swap()
        except (IntegrityError, OperationalError):
            if not left or transaction.get_connection().in_atomic_block:
                raise
            time.sleep(0.05 * (TRIES - left))
    raise AssertionError
