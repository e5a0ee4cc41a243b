"""The parts that the gateway is made of, out of the settings.

Serving is imported when it is first asked for, so that commands and pages which never ask do not load ONNX Runtime.
"""

# ruff: noqa: PLC0415
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from circuitbreaker import CircuitBreaker
from django.conf import settings

from metaedu_plugin.registry import shelf
from serving.tutor import Tutor

if TYPE_CHECKING:
    from serving.engine import Engine


def prior(*, store: str) -> Tutor:
    """The prior's engine; on `memory://` it answers when nothing else can."""
    from serving.engine import Engine
    from serving.prior import PriorModel
    from serving.stores import open_store

    return Engine(PriorModel(), open_store(store))


def shipped() -> Engine:
    """The engine of the model that comes with the package. Raises BundleError when it is refused."""
    from serving import bundle
    from serving.engine import Engine
    from serving.stores import open_store

    return Engine(bundle.shipped(), open_store(store_url()))


def engine(path: Path) -> Tutor:
    """The engine of a bundle in this process. Raises BundleError when the bundle is refused."""
    from serving.engine import Engine
    from serving.stores import open_store

    return Engine(shelf.load(path), open_store(store_url()))


def client() -> Tutor:
    """The service at METAEDU_SERVING_URL, asked with a deadline."""
    from serving.client import Client

    # .. setting_name: METAEDU_SERVING_KEY
    # .. setting_default: ""
    # .. setting_description: Name and secret, name:secret, of the key that the serving process knows this platform
    #   by.
    name, _, secret = (getattr(settings, "METAEDU_SERVING_KEY", "") or "").partition(":")
    # .. setting_name: METAEDU_SERVING_DEADLINE
    # .. setting_default: 0.15
    # .. setting_description: Seconds that the serving process may take, before the prior answers.
    deadline = float(getattr(settings, "METAEDU_SERVING_DEADLINE", 0.15))
    return Client(serving_url(), deadline=deadline, key=(name, secret) if secret else None)


def serving_url() -> str:
    """The service's address; empty when the engine runs in this process."""
    # .. setting_name: METAEDU_SERVING_URL
    # .. setting_default: ""
    # .. setting_description: Address of a metaedu-serving process to ask instead of the engine in this process.
    return getattr(settings, "METAEDU_SERVING_URL", "") or ""


def store_url() -> str:
    """Where learner states are kept."""
    # .. setting_name: METAEDU_STORE
    # .. setting_default: a SQLite file in METAEDU_DATA_DIR
    # .. setting_description: Where learner states are kept: memory://, sqlite:///path, redis://host/db or
    #   redis+cluster://node.
    default = f"sqlite:///{Path(settings.METAEDU_DATA_DIR) / 'learner-states.sqlite3'}"
    return getattr(settings, "METAEDU_STORE", "") or default


def check_every() -> float:
    """Seconds for which a look at who is champion holds."""
    # .. setting_name: METAEDU_CHAMPION_CHECK_SECONDS
    # .. setting_default: 2.0
    # .. setting_description: Seconds for which a process goes by the champion that it last looked up.
    return float(getattr(settings, "METAEDU_CHAMPION_CHECK_SECONDS", 2.0))


def breaker(*, after: int) -> CircuitBreaker:
    """Leaves alone what failed so many times in a row, for METAEDU_SERVING_COOL_DOWN seconds."""
    # .. setting_name: METAEDU_SERVING_COOL_DOWN
    # .. setting_default: 5.0
    # .. setting_description: Seconds for which a serving process or a model that failed is left alone.
    seconds = float(getattr(settings, "METAEDU_SERVING_COOL_DOWN", 5.0))
    return CircuitBreaker(failure_threshold=after, recovery_timeout=max(seconds, 0.001))
