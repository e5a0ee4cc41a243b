"""A tutor that always answers: the real one when it can, else the prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from metaedu_plugin.registry.gateway.breaker import Breaker
from metaedu_plugin.registry.gateway.trouble import Trouble
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


class GuardedTutor:
    """Keeps the `Tutor` protocol. `source` gives the real tutor, or None while there is none: that is no failure."""

    def __init__(self, *, source: Callable[[], Tutor | None], prior: Tutor, breaker: Breaker, trouble: Trouble) -> None:
        self._source = source
        self._prior = prior
        self._breaker = breaker
        self._trouble = trouble

    def _ask(self, question: Callable[[Tutor], T]) -> T:
        if self._breaker.allows():
            try:
                tutor = self._source()
                if tutor is not None:
                    answer = question(tutor)
                    self._breaker.succeeded()
                    return answer
            except Exception as error:  # whatever it is, the course goes on
                self._breaker.failed()
                self._trouble.note(error)
        else:
            self._trouble.count += 1
        return question(self._prior)

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

    def mastery(self, *, course: str, learner: str, skills: Sequence[str], now: float = UNKNOWN) -> list[Mastery]:
        """See `Tutor.mastery`."""
        return self._ask(lambda tutor: tutor.mastery(course=course, learner=learner, skills=skills, now=now))

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

    def forget(self, *, learner: str, course: str | None = None) -> None:
        """See `Tutor.forget`; the prior forgets in any case."""
        self._prior.forget(learner=learner, course=course)
        self._ask(lambda tutor: tutor.forget(learner=learner, course=course))
