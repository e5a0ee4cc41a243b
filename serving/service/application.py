"""The engine as an ASGI application: `POST /v1/<method>` with the method's arguments as JSON."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from serving.engine import Engine
from serving.errors import ModelError, StoreError
from serving.model import Model
from serving.requests import METHODS, Problem, Reply, Request
from serving.schema import VERSION
from serving.service import inference
from serving.service.beside import Beside
from serving.service.document import document
from serving.service.follow import Follower
from serving.service.line import BUSY, Doing, Line
from serving.service.metrics import Metrics
from serving.service.refusal import Refusal
from serving.together import Asked
from serving.tokens import Keys, TokenError, allows

LARGEST_BODY: Final = 1 << 20
THREADS: Final = 8
"""Where a store is across a network or on a disk: it makes its own request wait, never another."""
OPEN: Final = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready"})
"""Addresses that need no token: those who look after the service have none, and nothing of a learner is there."""
JSON: Final = b"application/json"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    kind: bytes = JSON
    retry_after: int | None = None


class Body(NamedTuple):
    """What was asked, and the courses that its token is good for."""

    body: bytes
    scope: frozenset[str]


class Work(NamedTuple):
    """What is done in the line."""

    doing: Doing[Body, Answer]
    scope: frozenset[str]


BUSY_BODY: Final[Message] = {"type": "http.response.body", "body": _encode(BUSY.problem)}
BUSY_START: Final[Message] = {
    "type": "http.response.start",
    "status": BUSY.status,
    "headers": [
        (b"content-type", JSON),
        (b"content-length", str(len(BUSY_BODY["body"])).encode()),
        (b"retry-after", str(BUSY.retry_after).encode()),
    ],
}


class Application:
    """ASGI application over one engine.

    Args:
        engine: who answers.
        most: requests that may wait or be under way; others are told to come again.
        deadline: seconds after which a request whose turn has not come is given up; `x-deadline-ms` may ask for less.
        keys: of the tokens that are asked for; without, anybody may ask.
        follower: looks for a new model while the service runs.
        beside: a candidate for a share of the learners.
        every: seconds between two of its looks.

    """

    def __init__(
        self,
        engine: Engine,
        *,
        most: int = 256,
        deadline: float = 1.0,
        keys: Keys | None = None,
        follower: Follower | None = None,
        beside: Beside | None = None,
        every: float = 2.0,
        metrics: Metrics | None = None,
    ) -> None:
        self._engine, self._deadline, self._keys = engine, deadline, keys
        self._follower, self._every = follower, every
        self._metrics = metrics or Metrics()
        self._beside = beside
        engine.watchers.append(lambda response, chance: self._metrics.outcome(chance, response.correct))
        self._line = Line(most=most, threads=THREADS if engine.store.shared else 0, waited=self._metrics.waited)
        self._methods = dict[str, Doing[Body, Answer]]()
        for name in METHODS:
            self._methods[name] = partial(self._call, name)
        self._methods["observe"] = self._observe
        self._decoders = {name: msgspec.json.Decoder(body) for name, body in METHODS.items()}
        self._pages: dict[str, Callable[[], object]] = {
            "/healthz": lambda: {"status": "ok"},
            "/readyz": self._ready,
            "/v1/model": self._model,
            "/openapi.json": document,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        if scope["method"] == "POST" and self._line.full:
            # Before anything is looked at: who refuses much must do it for next to nothing.
            self._metrics.answered("refused", 429, 0.0)
            its = [(name, value[:128]) for name, value in scope["headers"] if name == b"x-request-id"]
            await send({**BUSY_START, "headers": [*BUSY_START["headers"], *its]} if its else BUSY_START)
            await send(BUSY_BODY)
            return
        headers = dict(scope["headers"])
        request = headers.get(b"x-request-id", b"")[:128] or secrets.token_hex(8).encode()
        began, name = time.perf_counter(), "other"
        try:
            name, work = self._route(scope["method"], scope["path"], headers)
            if isinstance(work, Work):
                told = Body(await _body(headers, receive), work.scope)
                answer = await self._line.do(told, work.doing, until=time.monotonic() + self._seconds(headers))
            else:
                answer = await asyncio.to_thread(work)
        except Exception as error:
            answer = _told(error, request)
        self._metrics.answered(name, answer.status, time.perf_counter() - began)
        extra = [(b"retry-after", str(answer.retry_after).encode())] if answer.retry_after else []
        length = str(len(answer.body)).encode()
        sent = [(b"content-type", answer.kind), (b"content-length", length), (b"x-request-id", request), *extra]
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        await send({"type": "http.response.body", "body": answer.body})

    def _route(self, method: str, path: str, headers: dict[bytes, bytes]) -> tuple[str, Work | Callable[[], Answer]]:
        """A name for the figures, and what answers. Raises Refusal."""
        if path == "/metrics":
            _only(method, "GET")
            return path, lambda: Answer(200, self._told_metrics(), b"text/plain; version=0.0.4")
        scope = frozenset("*") if path in OPEN else self._scope(headers)
        if page := self._pages.get(path):
            _only(method, "GET", "HEAD")
            return path, lambda: Answer(200, _encode(page()))
        if path == "/v2" or path.startswith("/v2/"):
            found = inference.find(method, path, self._engine, self._ready)
            if method != "POST":
                return "/v2", lambda: Answer(200, _encode(found(b"")))
            return "infer", Work(lambda asked: [Answer(200, _encode(found(each.body))) for each in asked], scope)
        name = path.removeprefix("/v1/")
        if name == path or name not in METHODS:
            raise Refusal(
                404, "not_found", f"no such address; there are {', '.join(f'/v1/{each}' for each in METHODS)}"
            )
        _only(method, "POST")
        return name, Work(self._methods[name], scope)

    def _call(self, name: str, asked: Sequence[Body]) -> list[Answer | Exception]:
        """What each gets, one after the other."""
        return [self._one(name, each) for each in asked]

    def _one(self, name: str, asked: Body) -> Answer | Exception:
        model = self._engine.model
        try:
            arguments = self._arguments(name, asked)
            result = self._beside.ask(name, arguments) if self._beside else getattr(self._engine, name)(**arguments)
        except Exception as error:
            return error
        return self._reply(model, result)

    def _observe(self, asked: Sequence[Body]) -> list[Answer | Exception]:
        """What each gets, side by side."""
        model, told = self._engine.model, dict[int, Answer | Exception]()
        questions: dict[int, Asked] = {}
        for place, each in enumerate(asked):
            try:
                questions[place] = Asked(**self._arguments("observe", each))
            except Refusal as error:
                told[place] = error
        answered = (self._beside or self._engine).observe_each(list(questions.values()))
        for place, result in zip(questions, answered, strict=True):
            told[place] = result if isinstance(result, Exception) else self._reply(model, result)
        return [told[place] for place in range(len(asked))]

    def _arguments(self, name: str, asked: Body) -> dict[str, Any]:
        """What the tutor's method takes. Raises Refusal."""
        try:
            request: Request = self._decoders[name].decode(asked.body)
            arguments = request.arguments()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(400, "bad_request", f"the body is no {name}: {error}") from error
        if not allows(asked.scope, request.courses):
            raise Refusal(403, "other_course", "the token is not good for this course")
        return arguments

    def _reply(self, model: Model, result: Any) -> Answer:
        # A replaced model may have answered after all; what an answer says of itself is right.
        version, source = getattr(result, "model", model.name), getattr(result, "source", model.source)
        self._metrics.spoke(version, source)
        return Answer(200, _encode(Reply(model=version, source=source, result=result)))

    def _scope(self, headers: dict[bytes, bytes]) -> frozenset[str]:
        if self._keys is None:
            return frozenset("*")
        kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Refusal(401, "no_token", "send a token: Authorization: Bearer …")
        try:
            return self._keys.scope(token.strip())
        except TokenError as error:
            raise Refusal(401, "bad_token", f"the token is not accepted: {error}") from error

    def _seconds(self, headers: dict[bytes, bytes]) -> float:
        asked = headers.get(b"x-deadline-ms", b"")
        return min(self._deadline, int(asked) / 1000) if asked.isdigit() and len(asked) < 10 else self._deadline

    def _told_metrics(self) -> bytes:
        self._metrics.line(self._line.length)
        return self._metrics.text()

    def _ready(self) -> object:
        self._engine.store.ping()
        refused = self._follower.error if self._follower else ""
        back = self._beside.sent_back if self._beside else ""
        told = {"status": "ready", "model": self._engine.model.name, "refused": refused, "sent_back": back}
        return {name: value for name, value in told.items() if value}

    def _model(self) -> object:
        model = self._engine.model
        return {
            "name": model.name,
            "source": model.source,
            "dims": model.dims._asdict(),
            "schema_version": VERSION,
        }

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                if self._follower:
                    self._follower.start(self._every)
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._follower:
                    self._follower.stop()
                self._line.close()
                self._engine.store.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _told(error: Exception, request: bytes) -> Answer:
    """What a request is told that failed; the log has the rest, and never what the request carried."""
    if isinstance(error, Refusal):
        return Answer(error.status, _encode(error.problem), retry_after=error.retry_after)
    about = {"request": request.decode("latin-1")}
    if isinstance(error, StoreError):
        _log.error("%s", error, extra=about)
        problem = Problem(error="store_unavailable", message="the store of learner states does not answer")
        return Answer(503, _encode(problem), retry_after=1)
    if isinstance(error, ModelError):
        _log.error("%s", error, extra=about)
        return Answer(503, _encode(Problem(error="model_failed", message="the model gave no answer")))
    _log.error("a request failed", exc_info=error, extra=about)
    return Answer(500, _encode(Problem(error="internal", message="the request failed; the service's log says why")))


def _only(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise Refusal(405, "method_not_allowed", f"use {allowed[0]}")


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    too_large = Refusal(413, "too_large", f"the body is larger than {LARGEST_BODY} bytes; send less at once")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and (len(length) > 9 or int(length) > LARGEST_BODY):
        raise too_large
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "bad_request", "the body ended early")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(parts)
