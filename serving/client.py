"""The tutor over the network: the same calls, answered by a serving process, or refused in time."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from threading import Lock
from typing import Any, TypeVar

import httpx
import msgspec
import tenacity

from serving.errors import ServingUnavailable
from serving.requests import (
    AskMastery,
    AskMasteryMany,
    AskNext,
    AskPlan,
    Explain,
    Forget,
    Observe,
    ObserveMany,
    Predict,
    Reply,
    Request,
    Retract,
    write_map,
)
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

AT_ONCE = 100
"""Responses per request: so few that they are taken in well within the deadline."""
LONGEST_PAUSE = 0.05
"""Seconds before another try."""
BUSY = (429, 503)
"""Statuses after which another try may come through."""
MOST_TOKENS = 1000
CALLS = 32
"""Calls under way at once; a further one waits for its turn within its deadline."""

T = TypeVar("T")


class _Busy(httpx.HTTPError):
    """The service had no time for it."""


class Client:
    """Keeps the `Tutor` protocol. Every method raises ServingUnavailable on anything wrong or late.

    `deadline` is seconds for a whole call, from the look-up of the name to the last byte. HTTP libraries limit each
    step of a call, so a server that sends a byte now and then would hold a caller up for ever: the call runs in a
    thread of its own, and the caller waits for it so long and no longer. Within it, what did not come through is tried
    again after a short pause of random length; a response that arrives twice counts once.

    `key` is the name and the secret of the key that tokens are signed with, for a service that asks for them.
    """

    def __init__(self, url: str, deadline: float = 0.25, *, key: tuple[str, str] | None = None) -> None:
        self._url = url.rstrip("/")
        self._deadline = deadline
        self._key = key
        self._tokens: dict[frozenset[str], tuple[float, str]] = {}
        self._lock = Lock()
        self._process = 0
        self._open()

    def observe(
        self, response: Response, *, course_map: CourseMap | None = None, policy: Policy | None = None
    ) -> Feedback:
        """See `Tutor.observe`."""
        return self._ask(
            "observe",
            Observe(response=response, course_map=write_map(course_map), policy=policy),
            Feedback,
        )

    def observe_many(self, responses: Sequence[Response]) -> int:
        """See `Tutor.observe_many`. The deadline holds for each part of 100 responses."""
        parts = [tuple(responses[start : start + AT_ONCE]) for start in range(0, len(responses), AT_ONCE)]
        return sum(self._ask("observe_many", ObserveMany(responses=part), int) for part in parts)

    def predict(self, *, course: str, learner: str, candidates: Sequence[Candidate], now: float) -> list[Prediction]:
        """See `Tutor.predict`."""
        request = Predict(course=course, learner=learner, candidates=tuple(candidates), now=now)
        return self._ask("predict", request, list[Prediction])

    def mastery(
        self, *, course: str, learner: str, skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[Mastery]:
        """See `Tutor.mastery`."""
        request = AskMastery(course=course, learner=learner, skills=tuple(skills), now=now, policy=policy)
        return self._ask("mastery", request, list[Mastery])

    def mastery_many(
        self, *, course: str, learners: Sequence[str], skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[list[Mastery]]:
        """See `Tutor.mastery_many`. The deadline holds for each part of 500 learners."""
        found: list[list[Mastery]] = []
        for start in range(0, len(learners), AT_ONCE):
            some = tuple(learners[start : start + AT_ONCE])
            request = AskMasteryMany(course=course, learners=some, skills=tuple(skills), now=now, policy=policy)
            found += self._ask("mastery_many", request, list[list[Mastery]])
        return found

    def next(
        self, *, course: str, learner: str, course_map: CourseMap, now: float, policy: Policy | None = None
    ) -> Next:
        """See `Tutor.next`."""
        request = AskNext(course=course, learner=learner, course_map=write_map(course_map), now=now, policy=policy)
        return self._ask("next", request, Next)

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
        """See `Tutor.plan`."""
        request = AskPlan(
            course=course, learner=learner, course_map=write_map(course_map), now=now, days=days, policy=policy
        )
        return self._ask("plan", request, Plan)

    def explain(self, *, course: str, learner: str, candidate: Candidate, now: float) -> list[Evidence]:
        """See `Tutor.explain`."""
        request = Explain(course=course, learner=learner, candidate=candidate, now=now)
        return self._ask("explain", request, list[Evidence])

    def retract(self, *, course: str, learner: str, id: str) -> None:
        """See `Tutor.retract`."""
        self._ask("retract", Retract(course=course, learner=learner, id=id), type(None))

    def forget(self, *, learner: str, course: str | None = None) -> None:
        """See `Tutor.forget`."""
        self._ask("forget", Forget(learner=learner, course=course), type(None))

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _open(self) -> None:
        with self._lock:
            # Neither threads nor connections survive the fork of a web server's worker.
            if self._process != os.getpid():
                self._threads = ThreadPoolExecutor(CALLS, thread_name_prefix="serving-client")
                self._http = httpx.Client(
                    timeout=self._deadline,
                    limits=httpx.Limits(max_connections=CALLS, max_keepalive_connections=CALLS),
                    trust_env=False,
                )
                self._process = os.getpid()

    def _ask(self, name: str, request: Request, result: type[T]) -> T:
        self._open()
        until, headers = time.monotonic() + self._deadline, self._headers(request)
        call = self._threads.submit(self._insist, name, msgspec.json.encode(request), headers, until)
        about = f"{self._url}, request {headers['x-request-id']}"
        try:
            found: T = _decoded(call.result(self._deadline), result)
            return found
        except TooLate as error:
            call.cancel()
            raise ServingUnavailable(f"{about}: no answer within {self._deadline} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, RuntimeError) as error:
            raise ServingUnavailable(f"{about}: {error or type(error).__name__}") from error

    def _insist(self, name: str, body: bytes, headers: dict[str, str], until: float) -> bytes:
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((_Busy, httpx.TransportError)),
            stop=lambda _: time.monotonic() + LONGEST_PAUSE > until,
            wait=tenacity.wait_random(0.0, LONGEST_PAUSE),
            reraise=True,
        )
        told: bytes = again(self._post, name, body, headers, until)
        return told

    def _post(self, name: str, body: bytes, headers: dict[str, str], until: float) -> bytes:
        left = {"x-deadline-ms": str(max(1, int((until - time.monotonic()) * 1000)))}
        answer = self._http.post(f"{self._url}/v1/{name}", content=body, headers=headers | left)
        if answer.status_code != httpx.codes.OK:
            kind = _Busy if answer.status_code in BUSY else httpx.HTTPError
            raise kind(f"status {answer.status_code} for {name}: {answer.text[:300]}")
        return answer.content

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"content-type": "application/json", "x-request-id": secrets.token_hex(8)}
        if self._key is None:
            return headers
        courses, now = frozenset(request.courses or "*"), time.monotonic()
        known = self._tokens.get(courses)
        if known is None or now > known[0]:
            from serving.tokens import LIFETIME, mint  # noqa: PLC0415 - for those who have a key

            if len(self._tokens) >= MOST_TOKENS:
                self._tokens.clear()
            known = self._tokens[courses] = now + LIFETIME / 2, mint(*self._key, courses)
        return headers | {"authorization": f"Bearer {known[1]}"}


def _decoded(body: bytes, result: Any) -> Any:
    return msgspec.json.decode(body, type=Reply[result]).result
