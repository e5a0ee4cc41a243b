"""What goes into the engine and what comes out: the words of the glossary as frozen structs.

The same structs are the bodies of the HTTP service, so that calling the engine in the process or over
the network is the same call.
"""

from __future__ import annotations

import msgspec

UNKNOWN = -1.0
"""Stands for seconds or elapsed time that the source does not tell."""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One graded attempt of a learner at an item."""

    id: str
    """Idempotency key: the same id is never counted twice."""
    course: str
    learner: str
    """Pseudonym, never a platform id."""
    item: str
    skills: tuple[str, ...] = ()
    correct: bool
    score: float = 0.0
    """Share of the points, 0 to 1."""
    attempt: int = 1
    hints: int = 0
    """Hints and shown answers before this attempt."""
    seconds: float = UNKNOWN
    time: float = UNKNOWN
    """Epoch seconds."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An item that could be done next."""

    item: str
    skills: tuple[str, ...] = ()
    minutes: float = 2.0
    pages: bool = False
    """Whether there is something to read about one of its skills."""


class CourseMap(msgspec.Struct, frozen=True, kw_only=True):
    """What the course offers, as far as the choice of a next action needs it."""

    candidates: tuple[Candidate, ...] = ()
    """In course order."""
    prerequisites: dict[str, tuple[str, ...]] = {}
    """Skill -> skills that come before it."""
    readable: tuple[str, ...] = ()
    """Skills that have a reading page."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How next actions are chosen; a course may set its own."""

    target: float = 0.75
    """Probability of success that practice aims at."""
    mastered: float = 0.85
    """Mastery from which a skill counts as mastered."""
    minutes_a_day: float = 20.0
    review_after_days: float = 3.0
    reviews: dict[str, tuple[float, ...]] = {}
    """Skill -> days from now at which its reviews fall due, as a memory model of the caller's says, each if the one
    before it goes well; skills that are not here follow `review_after_days`."""


class Mastery(msgspec.Struct, frozen=True, kw_only=True):
    """Probability of answering a fresh item of the skill correctly, with its 80 % interval."""

    skill: str
    mean: float
    low: float
    high: float
    responses: int
    """Responses of the learner on the skill so far."""
    correct: int = 0
    status: str = "unknown"
    """unknown (nothing seen), learning, or mastered."""


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """Chance of success on an item, with its 80 % interval."""

    item: str
    probability: float
    low: float
    high: float


class NextAction(msgspec.Struct, frozen=True, kw_only=True):
    """The one next thing worth doing."""

    kind: str
    """practise, retry, read, review or advance."""
    reason: str
    """Stable reason code, see `serving.reasons`."""
    skill: str | None = None
    item: str | None = None
    probability: float | None = None
    """Predicted chance of success on the item."""
    evidence: dict[str, float] = {}
    """The figures behind the reason, by name."""


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """A next action, or none with the reason why."""

    action: NextAction | None
    reason: str
    model: str
    source: str = "model"
    """model (a version of this installation), shipped (what comes with the package), or prior (no model answered)."""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """What a response says about its learner, right after it."""

    response: str
    correct: bool
    reason: str
    """Stable code of what the response says: see `serving.reasons`."""
    before: tuple[Mastery, ...]
    after: tuple[Mastery, ...]
    """Mastery of the item's skills before and after the response, in the item's order."""
    next: Next
    model: str
    source: str = "model"
    expected: float = UNKNOWN
    """Chance of success on this item that was predicted before the answer was known; unknown where the response had
    been taken in before."""


class PlanStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do on one day; kinds and reasons as in `NextAction`."""

    day: int
    """Days from today."""
    kind: str
    reason: str
    skill: str | None = None
    item: str | None = None
    minutes: float = 2.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do within so many days, in order."""

    steps: tuple[PlanStep, ...]
    days: int
    left_out: int = 0
    """Steps that would be worth doing but do not fit before the date."""
    reason: str
    model: str
    source: str = "model"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the model used, as a code with its figure."""

    code: str
    value: float
    effect: float = 0.0
    """By how much it moves the predicted probability."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What two models predicted of one response, and what came: a line that a candidate beside the champion writes."""

    version: str
    """The candidate."""
    reference: str
    """The champion."""
    course: str
    learner: str
    """Tells learners apart, and does not lead to any of them."""
    probability: float
    expected: float
    """As the champion predicted."""
    correct: bool
