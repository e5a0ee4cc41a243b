"""The bodies of the HTTP service: the keyword arguments of `serving.tutor.Tutor`, one struct per method.

A course map is by far the largest part of a body, and the same in all of a course: its JSON is written once by whoever
sends it and read once by whoever gets it.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import msgspec

from serving.types import UNKNOWN, Candidate, CourseMap, Policy, Response

Result = TypeVar("Result")

MOST_MAPS: Final = 64
"""Course maps that are kept, read or written."""
NO_MAP: Final = msgspec.Raw(b"null")
_read_map = lru_cache(MOST_MAPS)(msgspec.json.Decoder(CourseMap | None).decode)
_written: OrderedDict[int, tuple[CourseMap, msgspec.Raw]] = OrderedDict()
_writing = Lock()


def write_map(course_map: CourseMap | None) -> msgspec.Raw:
    """A course map's JSON; of the objects seen last it is kept."""
    if course_map is None:
        return NO_MAP
    with _writing:
        kept = _written.get(id(course_map))
        if kept is None:
            kept = _written[id(course_map)] = course_map, msgspec.Raw(msgspec.json.encode(course_map))
            if len(_written) > MOST_MAPS:
                _written.popitem(last=False)
        return kept[1]


def read_map(raw: msgspec.Raw) -> CourseMap | None:
    """A course map of its JSON; the same object for the same JSON. Raises msgspec.ValidationError."""
    found: CourseMap | None = _read_map(bytes(raw))
    return found


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A body; its fields are the arguments. What is left at its default is not sent: an older service knows it not."""

    @property
    def courses(self) -> set[str]:
        """The courses that it asks about; none in particular for all."""
        return {self.course}  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """What the tutor's method takes. Raises msgspec.ValidationError for a course map that is none."""
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        if "course_map" in told:
            told["course_map"] = read_map(told["course_map"])
            if told["course_map"] is None and not isinstance(self, Observe):
                raise msgspec.ValidationError("Expected `object`, got `null` - at `$.course_map`")
        return told


class Observe(Request, frozen=True):
    """Body of `/v1/observe`."""

    response: Response
    course_map: msgspec.Raw = msgspec.field(default_factory=lambda: NO_MAP)
    """JSON of a `CourseMap`, see `write_map`; likewise below."""
    policy: Policy | None = None

    @property
    def courses(self) -> set[str]:
        """See `Request`."""
        return {self.response.course}


class ObserveMany(Request, frozen=True):
    """Body of `/v1/observe_many`."""

    responses: tuple[Response, ...]

    @property
    def courses(self) -> set[str]:
        """See `Request`."""
        return {response.course for response in self.responses}


class Predict(Request, frozen=True):
    """Body of `/v1/predict`."""

    course: str
    learner: str
    candidates: tuple[Candidate, ...]
    now: float = UNKNOWN


class AskMastery(Request, frozen=True):
    """Body of `/v1/mastery`."""

    course: str
    learner: str
    skills: tuple[str, ...]
    now: float = UNKNOWN
    policy: Policy | None = None


class AskMasteryMany(Request, frozen=True):
    """Body of `/v1/mastery_many`."""

    course: str
    learners: tuple[str, ...]
    skills: tuple[str, ...]
    now: float = UNKNOWN
    policy: Policy | None = None


class AskNext(Request, frozen=True):
    """Body of `/v1/next`."""

    course: str
    learner: str
    course_map: msgspec.Raw
    now: float = UNKNOWN
    policy: Policy | None = None


class AskPlan(Request, frozen=True):
    """Body of `/v1/plan`."""

    course: str
    learner: str
    course_map: msgspec.Raw
    days: int
    now: float = UNKNOWN
    policy: Policy | None = None


class Explain(Request, frozen=True):
    """Body of `/v1/explain`."""

    course: str
    learner: str
    candidate: Candidate
    now: float = UNKNOWN


class Retract(Request, frozen=True):
    """Body of `/v1/retract`."""

    course: str
    learner: str
    id: str


class Forget(Request, frozen=True):
    """Body of `/v1/forget`."""

    learner: str
    course: str | None = None

    @property
    def courses(self) -> set[str]:
        """See `Request`."""
        return set() if self.course is None else {self.course}


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
    "mastery_many": AskMasteryMany,
    "next": AskNext,
    "plan": AskPlan,
    "explain": Explain,
    "retract": Retract,
    "forget": Forget,
}
"""`POST /v1/<name>` takes this body."""
