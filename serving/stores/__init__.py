"""Where learner states and course counts are kept: one protocol, one file per kind of store."""

from __future__ import annotations

from serving.errors import StoreError
from serving.stores.base import Address, Commit, Loaded, Outcome, Retraction, Store

__all__ = ["Address", "Commit", "Loaded", "Outcome", "Retraction", "Store", "StoreError", "open_store"]


def open_store(url: str) -> Store:
    """The store at an address; all kinds but the first are shared by several processes.

    `memory://`, `sqlite:///relative/path`, `sqlite:////absolute/path`, `redis://host:port/db`, or, by any node of a
    Redis Cluster, `redis+cluster://host:port`. Raises StoreError when the address is unknown or the store is down.
    """
    # A kind of store is imported when it is asked for: redis is needed by those who use it, nobody else.
    # ruff: noqa: PLC0415
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise StoreError(f"{url!r} is no store address; use memory://, sqlite:///path or redis://host:port/db")
    if scheme == "memory":
        from serving.stores.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite":
        from serving.stores.sqlite import SqliteStore

        return SqliteStore(rest.removeprefix("/"))
    if scheme in {"redis", "rediss", "unix", "redis+cluster"}:
        from serving.stores.redis import RedisStore

        return RedisStore(url)
    raise StoreError(f"no store of kind {scheme!r}; use memory://, sqlite:///path or redis://host:port/db")
