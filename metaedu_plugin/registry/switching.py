"""Switches turned by an operator: turned below, written down here."""

from __future__ import annotations

from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry.errors import RegistryError
from metaedu_plugin.registry.log import record
from metaedu_plugin.registry.queue import send

REPLAY = "metaedu.tutoring.replay"


def switch(*, name: str, on: bool, by: str, reason: str = "") -> None:
    """Turn an instance-wide switch, `capture` or `feedback`."""
    capture.switch(name=name, on=on, by=by)
    record(f"{name} {'on' if on else 'off'}", by=by, reason=reason)


def switch_course(*, course: str, on: bool, by: str, reason: str = "") -> None:
    """Let a course's learners see feedback, or not. Raises CurriculumError when there is no such course."""
    curriculum.set_enabled(course=course, enabled=on)
    record(f"course {'on' if on else 'off'}", by=by, reason=f"{course} {reason}".strip())


def replay(*, by: str, reason: str = "") -> capture.Counts:
    """Read the dead letters once more."""
    counts = capture.replay()
    record("replay", by=by, reason=reason)
    return counts


def replay_states(*, course: str = "", by: str, reason: str = "") -> None:
    """Let a worker bring the learner states of a course, or of all, up to what is stored.

    Raises RegistryError when the queue cannot be reached.
    """
    try:
        send(REPLAY, course or None)
    except Exception as error:  # the broker's client has exceptions of its own kind for every transport
        told = _(
            "The queue could not be reached (%(error)s). Start the message broker or check its address, "
            "or run metaedu_replay by hand."
        )
        raise RegistryError(told % {"error": f"{type(error).__name__}: {error}"}) from error
    record("replay states", by=by, reason=f"{course or 'all courses'} {reason}".strip())
