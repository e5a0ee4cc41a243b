"""The one protocol that everything which answers for a learner keeps: engine, HTTP client, prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from serving.types import (
    Candidate,
    CourseMap,
    Evidence,
    Feedback,
    Mastery,
    Next,
    Plan,
    Policy,
    Prediction,
    Response,
)


class Tutor(Protocol):
    """Answers for one learner in one course. `now` is epoch seconds, or `UNKNOWN`."""

    def observe(
        self, response: Response, *, course_map: CourseMap | None = None, policy: Policy | None = None
    ) -> Feedback:
        """Take in a response (once, however often it comes) and say what follows from it."""

    def observe_many(self, responses: Sequence[Response]) -> int:
        """Take in responses without feedback; returns how many were new."""

    def predict(self, *, course: str, learner: str, candidates: Sequence[Candidate], now: float) -> list[Prediction]:
        """Chance of success on each candidate, in the given order."""

    def mastery(
        self, *, course: str, learner: str, skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[Mastery]:
        """Mastery of each skill, in the given order; `status` by the policy's threshold."""

    def mastery_many(
        self, *, course: str, learners: Sequence[str], skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[list[Mastery]]:
        """`mastery` of each of these learners, in the given order: far cheaper than one by one."""

    def next(
        self, *, course: str, learner: str, course_map: CourseMap, now: float, policy: Policy | None = None
    ) -> Next:
        """The one next thing worth doing, or none with the reason."""

    def plan(
        self,
        *,
        course: str,
        learner: str,
        course_map: CourseMap,
        now: float,
        days: int,
        policy: Policy | None = None,
    ) -> Plan:
        """An ordered list of what to do within so many days."""

    def explain(self, *, course: str, learner: str, candidate: Candidate, now: float) -> list[Evidence]:
        """What the model used for its prediction, the strongest first."""

    def retract(self, *, course: str, learner: str, id: str) -> None:
        """Take back all that was observed of a learner in a course, as if it had never been: once for an id.

        The state begins anew in every model version, and what the learner had added to the course's counts comes off
        them. What still counts is to be observed again.
        """

    def forget(self, *, learner: str, course: str | None = None) -> None:
        """Remove everything kept of a learner. The course's counts stay: they hold no person."""
