"""What answers for learners now: the champion or the shipped model in this process, the service, or the prior."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from metaedu_plugin.registry.gateway import parts
from metaedu_plugin.registry.gateway.guarded import GuardedTutor, Rung
from metaedu_plugin.registry.gateway.seat import Seat
from metaedu_plugin.registry.gateway.shipped import Shipped
from metaedu_plugin.registry.gateway.trouble import Trouble
from serving.tutor import Tutor

__all__ = ["GatewayStatus", "reset", "status", "tutor"]


class GatewayStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How this process answers."""

    source: str
    """process (the champion's engine in here), service (over HTTP), shipped (the shipped model in here), or prior."""
    model: str | None
    """The version in this process, the champion or the shipped one; None for the service and the prior."""
    url: str
    fallbacks: int
    """Questions that the prior had to answer, since the process started."""
    last_fallback: datetime | None
    last_error: str
    load_error: str
    """Why the champion, or without one the shipped model, does not load; empty when it does."""
    cooling: bool
    """Whether what failed is left alone just now."""


class _Gateway:
    """One per process; threads share it."""

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.url = parts.serving_url()
        prior = _once(lambda: parts.prior(store=parts.store_url()))
        self.shipped = Shipped(load=parts.shipped, otherwise=prior)
        self.seat = None if self.url else Seat(load=parts.engine, empty=self.shipped, every=parts.check_every())
        # A service that is gone is left alone at once; an engine or a store may stumble over a single question.
        self.breaker = parts.breaker(after=1 if self.url else 3)
        rungs = (
            Rung(self.seat if self.seat is not None else _once(parts.client), self.breaker),
            Rung(prior, parts.breaker(after=3)),
        )
        self.tutor = GuardedTutor(rungs=rungs, last=parts.prior(store="memory://"), trouble=self.trouble)

    def status(self) -> GatewayStatus:
        load_error, model, source = "", None, "service"
        if self.seat is not None:
            self.seat.look(wait=True)
            source, model = ("process", self.seat.name) if self.seat.name else ("shipped", self.shipped.name)
            load_error = self.seat.error or ("" if self.seat.name else self.shipped.error)
            source = source if model else "prior"
        return GatewayStatus(
            source=source,
            model=model,
            url=self.url,
            fallbacks=self.trouble.count,
            last_fallback=self.trouble.at,
            last_error=self.trouble.last,
            load_error=load_error,
            cooling=self.breaker.opened,
        )


_lock = threading.Lock()
_gateway: _Gateway | None = None


def tutor() -> Tutor:
    """What answers now, never waiting long: what fails is answered by the prior. Only `retract` and `forget` raise."""
    return _current().tutor


def here() -> Tutor | None:
    """What answers in this process, without what stands behind it when it fails; None where a service answers."""
    seat = _current().seat
    return seat() if seat is not None else None


def status() -> GatewayStatus:
    """How this process answers; looks up the champion and loads it if it was not loaded yet."""
    return _current().status()


def reset(**_: Any) -> None:
    """Start anew: in a forked child, whose threads and sessions were not forked with it, and after settings changed."""
    global _gateway  # noqa: PLW0603 - one per process is what it is
    _gateway = None


def look_again(**_: Any) -> None:
    """The champion changed in this process: take it up at once."""
    if _gateway is not None and _gateway.seat is not None:
        _gateway.seat.look(wait=True)


def _current() -> _Gateway:
    global _gateway  # noqa: PLW0603
    made = _gateway
    if made is None:
        with _lock:
            made = _gateway = _gateway or _Gateway()
    return made


def _once(make: Callable[[], Tutor]) -> Callable[[], Tutor]:
    made: list[Tutor] = []

    def given() -> Tutor:
        if not made:
            made.append(make())
        return made[0]

    return given


def _in_child() -> None:
    """In a forked child: what another thread of the parent held while it forked is held by nobody here."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    reset()


os.register_at_fork(after_in_child=_in_child)
