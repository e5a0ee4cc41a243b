"""Codes of states, roles, stages and log entries as the operator reads them; one that is not known stays as it is."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

CODES: Final = {
    # states of a training run
    "queued": _("queued"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
    # its stages
    "dataset": _("dataset"),
    "train": _("train"),
    "specialise": _("specialise"),
    "evaluate": _("evaluate"),
    # roles of a version
    "candidate": _("candidate"),
    "champion": _("champion"),
    "retired": _("retired"),
    "refused": _("refused"),
    # what was done
    "register": _("register"),
    "passed": _("passed"),
    "not passed": _("not passed"),
    "promote": _("promote"),
    "rollback": _("rollback"),
    "learner retired": _("learner retired"),
    "capture": _("capture"),
    "capture on": _("capture on"),
    "capture off": _("capture off"),
    "feedback": _("feedback"),
    "feedback on": _("feedback on"),
    "feedback off": _("feedback off"),
    "course on": _("course on"),
    "course off": _("course off"),
    "replay": _("replay"),
    "replay states": _("replay states"),
}


def word(code: str) -> str:
    """The code in the reader's language."""
    return str(CODES.get(code, code))
