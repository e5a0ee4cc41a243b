from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from serving import bundle
from serving.bundle import Bundle
from serving.stores import Store, open_store
from serving.stores.redis import RedisStore
from tests.serving import graphs

REDIS = os.environ.get("METAEDU_TEST_REDIS", "redis://127.0.0.1:6379/0")


@pytest.fixture(scope="session")
def bundle_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graphs.make(tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def model(bundle_directory: Path) -> Bundle:
    return bundle.load(bundle_directory)


@pytest.fixture
def redis_prefix() -> Iterator[str]:
    """A key prefix of its own in a Redis that runs, emptied afterwards."""
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.RedisError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis at {REDIS}: {error}")
    prefix = f"metaedu-test-{uuid.uuid4().hex}"
    yield prefix
    for key in client.scan_iter(f"{prefix}:*", count=1000):
        client.delete(key)


@pytest.fixture(params=["memory", "sqlite", "redis"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same store again and again (memory: the one there is)."""
    if request.param == "memory":
        only = open_store("memory://")
        return lambda: only
    if request.param == "sqlite":
        return lambda: open_store(f"sqlite:///{tmp_path / 'states.sqlite3'}")
    prefix = request.getfixturevalue("redis_prefix")
    return lambda: RedisStore(REDIS, prefix=prefix)


@pytest.fixture
def store(opener: Callable[[], Store]) -> Iterator[Store]:
    opened = opener()
    yield opened
    opened.close()
