"""The engine as an ASGI application: `POST /v1/<method>` with the method's arguments as JSON."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from serving.engine import Engine
from serving.errors import ModelError, StoreError
from serving.requests import METHODS, Problem, Reply, Request
from serving.schema import VERSION

LARGEST_BODY: Final = 1 << 20
THREADS: Final = 8

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Refusal(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(error=error, message=message)


class Application:
    """ASGI application over one engine.

    The engine runs in threads: a store that is slow holds up its own request, never the health checks.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._decoders = {name: msgspec.json.Decoder(body) for name, body in METHODS.items()}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
        self._pages: dict[str, Callable[[], Any]] = {
            "/healthz": lambda: {"status": "ok"},
            "/readyz": self._ready,
            "/v1/model": self._model,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        status, body = await self._answer(scope, receive)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Receive) -> tuple[int, bytes]:
        try:
            work = await self._route(scope, receive)
            return 200, await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except Refusal as refusal:
            return refusal.status, _encode(refusal.problem)
        except StoreError as error:
            _log.error("%s", error)
            return 503, _encode(
                Problem(error="store_unavailable", message="the store of learner states does not answer")
            )
        except ModelError as error:
            _log.error("%s", error)
            return 503, _encode(Problem(error="model_failed", message="the model gave no answer"))
        except Exception:
            _log.exception("a request failed")
            return 500, _encode(Problem(error="internal", message="the request failed; the service's log says why"))

    async def _route(self, scope: Message, receive: Receive) -> Callable[[], bytes]:
        path, method = scope["path"], scope["method"]
        if path in self._pages:
            _only(method, "GET", "HEAD")
            page = self._pages[path]
            return lambda: _encode(page())
        name = path.removeprefix("/v1/")
        if name == path or name not in METHODS:
            raise Refusal(
                404, "not_found", f"no such address; there are {', '.join(f'/v1/{each}' for each in METHODS)}"
            )
        _only(method, "POST")
        body = await _body(scope, receive)
        try:
            request = self._decoders[name].decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(400, "bad_request", f"the body is no {name}: {error}") from error
        return lambda: self._call(request)

    def _call(self, request: Request) -> bytes:
        model = self._engine.model
        result = request.call(self._engine)
        # A replaced model may have answered after all; what an answer says of itself is right.
        name, source = getattr(result, "model", model.name), getattr(result, "source", model.source)
        return _encode(Reply(model=name, source=source, result=result))

    def _ready(self) -> dict[str, str]:
        self._engine.store.ping()
        return {"status": "ready", "model": self._engine.model.name}

    def _model(self) -> dict[str, Any]:
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
                await send({"type": "lifespan.startup.complete"})
            else:
                self._threads.shutdown()
                self._engine.store.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _only(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise Refusal(405, "method_not_allowed", f"use {allowed[0]}")


async def _body(scope: Message, receive: Receive) -> bytes:
    too_large = Refusal(413, "too_large", f"the body is larger than {LARGEST_BODY} bytes; send less at once")
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if length.isdigit() and int(length) > LARGEST_BODY:
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
