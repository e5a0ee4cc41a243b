"""A tutor that always answers: the real one when it can, else the prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from circuitbreaker import CircuitBreaker

from metaedu_plugin.registry.gateway.trouble import Trouble
from serving.errors import ServingUnavailable
from serving.tutor import Tutor
from serving.types import (
    UNKNOWN,
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

T = TypeVar("T")


class Rung(NamedTuple):
    """One who is asked: `source` gives the tutor, and the breaker says whether to ask now."""

    source: Callable[[], Tutor]
    breaker: CircuitBreaker


class GuardedTutor:
    """Keeps the `Tutor` protocol: asks rung by rung, and in the end `last`, which cannot fail."""

    def __init__(self, *, rungs: Sequence[Rung], last: Tutor, trouble: Trouble) -> None:
        self._rungs = rungs
        self._last = last
        self._trouble = trouble

    def _ask(self, question: Callable[[Tutor], T]) -> T:
        for rung in self._rungs:
            if not rung.breaker.opened:
                try:
                    with rung.breaker:
                        return question(rung.source())
                except Exception as error:  # whatever it is, the course goes on
                    self._trouble.note(error)
            if rung is self._rungs[0]:
                self._trouble.fell_back()
        return question(self._last)

    def observe(
        self, response: Response, *, course_map: CourseMap | None = None, policy: Policy | None = None
    ) -> Feedback:
        """See `Tutor.observe`."""
        return self._ask(lambda tutor: tutor.observe(response, course_map=course_map, policy=policy))

    def observe_many(self, responses: Sequence[Response]) -> int:
        """See `Tutor.observe_many`."""
        return self._ask(lambda tutor: tutor.observe_many(responses))

    def predict(
        self, *, course: str, learner: str, candidates: Sequence[Candidate], now: float = UNKNOWN
    ) -> list[Prediction]:
        """See `Tutor.predict`."""
        return self._ask(lambda tutor: tutor.predict(course=course, learner=learner, candidates=candidates, now=now))

    def mastery(
        self, *, course: str, learner: str, skills: Sequence[str], now: float = UNKNOWN, policy: Policy | None = None
    ) -> list[Mastery]:
        """See `Tutor.mastery`."""
        return self._ask(
            lambda tutor: tutor.mastery(course=course, learner=learner, skills=skills, now=now, policy=policy)
        )

    def mastery_many(
        self,
        *,
        course: str,
        learners: Sequence[str],
        skills: Sequence[str],
        now: float = UNKNOWN,
        policy: Policy | None = None,
    ) -> list[list[Mastery]]:
        """See `Tutor.mastery_many`."""
        return self._ask(
            lambda tutor: tutor.mastery_many(course=course, learners=learners, skills=skills, now=now, policy=policy)
        )

    def next(
        self, *, course: str, learner: str, course_map: CourseMap, now: float = UNKNOWN, policy: Policy | None = None
    ) -> Next:
        """See `Tutor.next`."""
        return self._ask(
            lambda tutor: tutor.next(course=course, learner=learner, course_map=course_map, now=now, policy=policy)
        )

    def plan(
        self,
        *,
        course: str,
        learner: str,
        course_map: CourseMap,
        now: float = UNKNOWN,
        days: int,
        policy: Policy | None = None,
    ) -> Plan:
        """See `Tutor.plan`."""
        return self._ask(
            lambda tutor: tutor.plan(
                course=course, learner=learner, course_map=course_map, now=now, days=days, policy=policy
            )
        )

    def explain(self, *, course: str, learner: str, candidate: Candidate, now: float = UNKNOWN) -> list[Evidence]:
        """See `Tutor.explain`."""
        return self._ask(lambda tutor: tutor.explain(course=course, learner=learner, candidate=candidate, now=now))

    def retract(self, *, course: str, learner: str, id: str) -> None:
        """See `Tutor.retract`. This raises, too: what could not be taken back must be known, and tried again.

        Who answers first is asked last: its states are as they were, or all is done. What has failed just now is not
        asked, so that those who try again hold nobody up. But what is slow to take back, as when the names of a large
        course are read first, takes no answers from anybody: no breaker is told.
        """
        self._last.retract(course=course, learner=learner, id=id)
        for rung in reversed(self._rungs):
            if rung.breaker.opened:
                raise ServingUnavailable("it failed just now and is left alone for a while")
            rung.source().retract(course=course, learner=learner, id=id)

    def forget(self, *, learner: str, course: str | None = None) -> None:
        """See `Tutor.forget`. This raises: a retirement that failed must be known, and tried again."""
        self._last.forget(learner=learner, course=course)
        for rung in self._rungs:
            rung.source().forget(learner=learner, course=course)
