"""How do the trainings go?"""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.registry import runs, versions, words
from metaedu_plugin.registry.models import TrainingRun
from metaedu_plugin.registry.operator.ago import ago
from metaedu_plugin.registry.operator.codes import word
from metaedu_plugin.registry.operator.curve import curves
from metaedu_plugin.registry.operator.told import told
from metaedu_plugin.registry.types import RunInfo

WAITING: Final = 30.0
"""Seconds in the queue after which a worker is missing."""
STATES: Final = {"queued": "", "running": "", "done": "good", "failed": "bad"}
State = TrainingRun.State


def section() -> dict[str, Any]:
    """The last runs with their progress."""
    latest = [describe(run) for run in runs.runs(limit=5)]
    told_of = told(*_verdict(latest))
    return {**told_of, "active": runs.active_run() is not None, "gate": _gate(latest), "runs": latest}


def _gate(latest: list[dict[str, Any]]) -> str:
    """What the gate decided on the last version that came of a training."""
    name = next((run["version"] for run in latest if run["version"]), "")
    made = next((version for version in versions.versions() if version.name == name), None) if name else None
    if made is None:
        return ""
    return words.verdict(made.decision) or _("Not judged")


def describe(run: RunInfo) -> dict[str, Any]:
    """A run as the page shows it."""
    last = run.epochs[-1] if run.epochs else {}
    return {
        "id": run.id,
        "state": run.state,
        "state_text": word(run.state),
        "tone": STATES.get(run.state, ""),
        "stage": run.stage,
        "stage_text": word(run.stage),
        "percent": round(100 * run.progress),
        "epochs": len(run.epochs),
        "figures": _figures(last),
        "curves": curves(run.epochs),
        "message": run.message,
        "hint": _hint(run),
        "version": run.version or "",
        "created_ago": ago(run.created),
        "seconds": _seconds(run),
    }


def _figures(epoch: dict[str, Any]) -> str:
    """The last epoch's losses and accuracies in one line."""
    texts = {
        "train_loss": _("loss, train %(value).4f"),
        "test_loss": _("test %(value).4f"),
        "train_accuracy": _("accuracy, train %(value).3f"),
        "test_accuracy": _("test %(value).3f"),
    }
    found = [text % {"value": epoch[name]} for name, text in texts.items() if isinstance(epoch.get(name), float)]
    return " · ".join(found)


def _hint(run: RunInfo) -> str:
    silent = (timezone.now() - run.updated).total_seconds()
    if run.state == State.QUEUED and silent > WAITING:
        return _("No worker has taken it. Is the training worker running?")
    if run.state == State.RUNNING and silent > runs.SILENT.total_seconds():
        return _("No sign of life since %(time)s. Its worker has probably ended: train again.") % {
            "time": ago(run.updated)
        }
    return ""


def _seconds(run: RunInfo) -> int | None:
    if run.started is None:
        return None
    return round(((run.ended or timezone.now()) - run.started).total_seconds())


def _verdict(latest: list[dict[str, Any]]) -> tuple[str, str, str]:
    if not latest:
        return "warn", _("Never trained"), _("The shipped model serves. Train a version once learners have answered.")
    newest = latest[0]
    if newest["hint"]:
        return "bad", newest["hint"], ""
    verdicts = {
        "queued": ("warn", _("Queued"), ""),
        "running": ("good", _("Training, %(percent)d %%") % newest, ""),
        "failed": ("bad", _("The last training failed"), newest["message"]),
        "done": ("good", _("Last training done"), ""),
    }
    return verdicts[newest["state"]]
