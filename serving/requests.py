"""The bodies of the HTTP service: the keyword arguments of `serving.tutor.Tutor`, one struct per method."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

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

Result = TypeVar("Result")


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that knows which method of the tutor it calls."""

    @property
    def courses(self) -> set[str]:
        """The courses that it asks about; none in particular for all."""
        return {self.course}  # type: ignore[attr-defined]

    def call(self, tutor: Tutor) -> Any:
        """What the tutor answers."""
        raise NotImplementedError


class Observe(Request, frozen=True):
    """Body of `/v1/observe`."""

    response: Response
    course_map: CourseMap | None = None
    policy: Policy | None = None

    @property
    def courses(self) -> set[str]:
        """See `Request`."""
        return {self.response.course}

    def call(self, tutor: Tutor) -> Feedback:
        """See `Tutor.observe`."""
        return tutor.observe(self.response, course_map=self.course_map, policy=self.policy)


class ObserveMany(Request, frozen=True):
    """Body of `/v1/observe_many`."""

    responses: tuple[Response, ...]

    @property
    def courses(self) -> set[str]:
        """See `Request`."""
        return {response.course for response in self.responses}

    def call(self, tutor: Tutor) -> int:
        """See `Tutor.observe_many`."""
        return tutor.observe_many(self.responses)


class Predict(Request, frozen=True):
    """Body of `/v1/predict`."""

    course: str
    learner: str
    candidates: tuple[Candidate, ...]
    now: float = UNKNOWN

    def call(self, tutor: Tutor) -> list[Prediction]:
        """See `Tutor.predict`."""
        return tutor.predict(course=self.course, learner=self.learner, candidates=self.candidates, now=self.now)


class AskMastery(Request, frozen=True):
    """Body of `/v1/mastery`."""

    course: str
    learner: str
    skills: tuple[str, ...]
    now: float = UNKNOWN

    def call(self, tutor: Tutor) -> list[Mastery]:
        """See `Tutor.mastery`."""
        return tutor.mastery(course=self.course, learner=self.learner, skills=self.skills, now=self.now)


class AskNext(Request, frozen=True):
    """Body of `/v1/next`."""

    course: str
    learner: str
    course_map: CourseMap
    now: float = UNKNOWN
    policy: Policy | None = None

    def call(self, tutor: Tutor) -> Next:
        """See `Tutor.next`."""
        return tutor.next(
            course=self.course, learner=self.learner, course_map=self.course_map, now=self.now, policy=self.policy
        )


class AskPlan(Request, frozen=True):
    """Body of `/v1/plan`."""

    course: str
    learner: str
    course_map: CourseMap
    days: int
    now: float = UNKNOWN
    policy: Policy | None = None

    def call(self, tutor: Tutor) -> Plan:
        """See `Tutor.plan`."""
        return tutor.plan(
            course=self.course,
            learner=self.learner,
            course_map=self.course_map,
            now=self.now,
            days=self.days,
            policy=self.policy,
        )


class Explain(Request, frozen=True):
    """Body of `/v1/explain`."""

    course: str
    learner: str
    candidate: Candidate
    now: float = UNKNOWN

    def call(self, tutor: Tutor) -> list[Evidence]:
        """See `Tutor.explain`."""
        return tutor.explain(course=self.course, learner=self.learner, candidate=self.candidate, now=self.now)


class Forget(Request, frozen=True):
    """Body of `/v1/forget`."""

    learner: str
    course: str | None = None

    @property
    def courses(self) -> set[str]:
        """See `Request`."""
        return set() if self.course is None else {self.course}

    def call(self, tutor: Tutor) -> None:
        """See `Tutor.forget`."""
        tutor.forget(learner=self.learner, course=self.course)


class Reply(msgspec.Struct, Generic[Result], frozen=True, kw_only=True):
    """What a 200 of any of them carries."""

    model: str
    """The model version that answered."""
    source: str
    result: Result


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What any other status carries."""

    error: str
    """Stable code."""
    message: str


METHODS: dict[str, type[Request]] = {
    "observe": Observe,
    "observe_many": ObserveMany,
    "predict": Predict,
    "mastery": AskMastery,
    "next": AskNext,
    "plan": AskPlan,
    "explain": Explain,
    "forget": Forget,
}
"""`POST /v1/<name>` takes this body."""
