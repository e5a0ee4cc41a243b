"""What the operator can do: each action says what it will do before it is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import runs, switching, versions
from metaedu_plugin.registry.errors import RegistryError
from metaedu_plugin.registry.models import TrainingRun
from metaedu_plugin.registry.operator.codes import word

Run = Callable[[str, str, str], str]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do. `run` takes the target, who asks and the reason, and answers with what happened."""

    title: Promise
    effect: Promise
    run: Any
    danger: bool = False
    needs_reason: bool = False


def retrain(target: str, by: str, reason: str) -> str:
    """Queue a training, unless one goes on."""
    if active := runs.active_run():
        raise RegistryError(
            _("Run %(id)d is still %(state)s. Wait for its end.") % {"id": active.id, "state": word(active.state)}
        )
    run = runs.run(id=runs.request_training(by=by))
    if run is None or run.state == TrainingRun.State.FAILED:
        raise RegistryError(run.message if run else _("The run was not kept."))
    return _("Training is queued as run %(id)d.") % {"id": run.id}


def roll_back(target: str, by: str, reason: str) -> str:
    """Return to the champion before."""
    return _("%(name)s is champion again.") % {"name": versions.rollback(by=by, reason=reason).name}


def promote(target: str, by: str, reason: str) -> str:
    """Make a version champion that the gate did not refuse."""
    return _("%(name)s is champion.") % {"name": versions.promote(version=target, by=by, reason=reason).name}


def switch(target: str, by: str, reason: str, *, name: str, on: bool) -> str:
    """Turn one of the instance-wide switches."""
    switching.switch(name=name, on=on, by=by, reason=reason)
    return _("Done: %(name)s is %(state)s.") % {"name": word(name), "state": _("on") if on else _("off")}


def enable(target: str, by: str, reason: str, *, on: bool) -> str:
    """Let a course's learners see feedback, or not."""
    switching.switch_course(course=target, on=on, by=by, reason=reason)
    return _("Done: %(course)s is %(state)s.") % {"course": target, "state": _("on") if on else _("off")}


def replay(target: str, by: str, reason: str) -> str:
    """Read the dead letters once more."""
    counts = switching.replay(by=by, reason=reason)
    return _("Replayed: %(responses)d responses understood, %(dead)d events are still dead letters.") % {
        "responses": counts.responses,
        "dead": counts.dead,
    }


def replay_states(target: str, by: str, reason: str) -> str:
    """Queue the replay of learner states, of one course or of all."""
    if target and curriculum.course(key=target) is None:
        raise RegistryError(_("There is no course %(course)s.") % {"course": target})
    switching.replay_states(course=target, by=by, reason=reason)
    return _("The replay of learner states is queued.")


ACTIONS: Final = {
    "retrain": Action(
        title=gettext_lazy("Train a new version"),
        effect=gettext_lazy(
            "A worker trains on all captured responses. The new version serves only if the gate passes it."
        ),
        run=retrain,
    ),
    "rollback": Action(
        title=gettext_lazy("Roll back"),
        effect=gettext_lazy("The champion before this one serves again within seconds. This one is not returned to."),
        run=roll_back,
        danger=True,
        needs_reason=True,
    ),
    "promote": Action(
        title=gettext_lazy("Promote"),
        effect=gettext_lazy("This version serves all courses within seconds, in place of the champion."),
        run=promote,
        needs_reason=True,
    ),
    "feedback-off": Action(
        title=gettext_lazy("Switch feedback off"),
        effect=gettext_lazy("No learner of any course sees feedback, next actions or plans. Capture goes on."),
        run=partial(switch, name="feedback", on=False),
        danger=True,
    ),
    "feedback-on": Action(
        title=gettext_lazy("Switch feedback on"),
        effect=gettext_lazy("Learners of the courses that are on see feedback, next actions and plans."),
        run=partial(switch, name="feedback", on=True),
    ),
    "capture-off": Action(
        title=gettext_lazy("Switch capture off"),
        effect=gettext_lazy("Nothing that learners answer is kept from now on. What is missed cannot be had later."),
        run=partial(switch, name="capture", on=False),
        danger=True,
    ),
    "capture-on": Action(
        title=gettext_lazy("Switch capture on"),
        effect=gettext_lazy("What learners answer is kept from now on."),
        run=partial(switch, name="capture", on=True),
    ),
    "course-off": Action(
        title=gettext_lazy("Switch the course off"),
        effect=gettext_lazy("Its learners see no feedback. Capture goes on."),
        run=partial(enable, on=False),
        danger=True,
    ),
    "course-on": Action(
        title=gettext_lazy("Switch the course on"),
        effect=gettext_lazy("Its learners see feedback, next actions and plans."),
        run=partial(enable, on=True),
    ),
    "replay": Action(
        title=gettext_lazy("Replay dead letters"),
        effect=gettext_lazy(
            "Events that were not understood are read once more. What was counted already is not counted again."
        ),
        run=replay,
    ),
    "replay-states": Action(
        title=gettext_lazy("Replay learner states"),
        effect=gettext_lazy(
            "A worker observes all stored responses that a learner state lacks. Nothing that it holds is counted twice."
        ),
        run=replay_states,
    ),
}
