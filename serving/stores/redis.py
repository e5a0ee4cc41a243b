"""States in Redis: shared by many machines, each write one script.

All keys of a course carry the course as their hash tag. So on a Redis Cluster a course lies in one slot, and the
script that writes state, ids and counts stays one atomic step there too; a cluster spreads its load over courses.
Only the list of a learner's states, which `forget` follows, lies in the learner's own slot: it is written before
the first state, so it may name a state that never came, and never misses one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import numpy as np
import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisClusterException
from redis.retry import Retry

from serving.context import Tally
from serving.errors import StoreError
from serving.schema import COURSE_COUNTS
from serving.stores.base import Address, Commit, Loaded, LoadedMany, Outcome, Retraction, digest

PREFIX = "metaedu"
CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 1.0
PACKED = np.dtype("<u4")
"""The counts of a key are one field of five such integers: a fifth of the fields to fetch."""
NOTHING = bytes(COURSE_COUNTS * PACKED.itemsize)

COMMIT = """
local ids = tonumber(ARGV[3])
for n = 4, 3 + ids do
  if redis.call('SISMEMBER', KEYS[2], ARGV[n]) == 1 then return 'duplicate' end
end
if tonumber(redis.call('HGET', KEYS[1], 'version') or '0') ~= tonumber(ARGV[1]) then return 'conflict' end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'blob', ARGV[2])
for n = 4, 3 + ids do redis.call('SADD', KEYS[2], ARGV[n]) end
for n = 4 + ids, #ARGV - 1, 2 do
  local sums, known = {struct.unpack('<I4I4I4I4I4', ARGV[n + 1])}, redis.call('HGET', KEYS[3], ARGV[n])
  if known then
    for column, count in ipairs({struct.unpack('<I4I4I4I4I4', known)}) do sums[column] = sums[column] + count end
  end
  redis.call('HSET', KEYS[3], ARGV[n], struct.pack('<I4I4I4I4I4', unpack(sums, 1, 5)))
end
redis.call('SADD', KEYS[4], ARGV[#ARGV])
return 'applied'
"""


RETRACT = """
if redis.call('SISMEMBER', KEYS[2], ARGV[3]) == 1 then return 'duplicate' end
local version = redis.call('HGET', KEYS[1], 'version')
if not version or tonumber(version) ~= tonumber(ARGV[1]) then return 'conflict' end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1)
redis.call('HDEL', KEYS[1], 'blob')
redis.call('DEL', KEYS[2])
redis.call('SADD', KEYS[2], ARGV[3])
redis.call('SREM', KEYS[4], ARGV[2])
for n = 4, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[3], ARGV[n])
  if known then
    local sums = {struct.unpack('<I4I4I4I4I4', known)}
    for column, count in ipairs({struct.unpack('<I4I4I4I4I4', ARGV[n + 1])}) do
      if column <= 5 then sums[column] = math.max(sums[column] - count, 0) end
    end
    redis.call('HSET', KEYS[3], ARGV[n], struct.pack('<I4I4I4I4I4', unpack(sums, 1, 5)))
  end
end
return 'applied'
"""
CLUSTER = "redis+cluster"


class RedisStore:
    """A store at a Redis URL; `prefix`, also as `?prefix=…`, keeps it apart from others in the same database.

    With the scheme `redis+cluster` the address is of any node of a Redis Cluster.
    """

    shared = True

    def __init__(self, url: str, *, prefix: str | None = None) -> None:
        url, _, query = url.partition("?")
        options = dict(parse_qsl(query))
        self._prefix = prefix or options.pop("prefix", PREFIX)
        url += f"?{urlencode(options)}" if options else ""
        self._where = url.rpartition("@")[2]
        scheme, _, rest = url.partition("://")
        self._clustered = scheme == CLUSTER
        kind: Any = redis.RedisCluster if self._clustered else redis.Redis
        with self._told():
            self._redis: Any = kind.from_url(
                f"redis://{rest}" if self._clustered else url,
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=ANSWER_SECONDS,
                health_check_interval=30,
                # One more try takes a connection that went stale; a commit that comes twice is a duplicate.
                retry=Retry(NoBackoff(), 1),
            )
            self._commit = self._redis.register_script(COMMIT)
            self._retract = self._redis.register_script(RETRACT)
            self._redis.ping()

    def load(self, at: Address, keys: Sequence[str] = ()) -> Loaded:
        """See `Store.load`."""
        (blob,), (version,), counts = self.load_many(at.space, at.course, [at.learner], keys)
        return Loaded(blob, version, counts)

    def load_many(self, space: str, course: str, learners: Sequence[str], keys: Sequence[str] = ()) -> LoadedMany:
        """See `Store.load_many`."""
        with self._told():
            journey = self._redis.pipeline(transaction=False)
            for learner in learners:
                journey.hmget(self._state(Address(space, course, learner)), "version", "blob")
            if keys:
                journey.hmget(self._key(space, course, "counts"), list(keys))
            found = journey.execute()
        packed = b"".join([each or NOTHING for each in found.pop()]) if keys else b""
        counts = np.frombuffer(packed, PACKED).reshape(len(keys), COURSE_COUNTS).astype(np.float32)
        return LoadedMany([blob for _, blob in found], [int(version or 0) for version, _ in found], counts)

    def applied(self, at: Address, responses: Sequence[str]) -> set[str]:
        """See `Store.applied`."""
        if not responses:
            return set()
        with self._told():
            found = self._redis.smismember(self._ids(at), [digest(each) for each in responses])
        return {response for response, there in zip(responses, found, strict=True) if there}

    def commit(self, at: Address, write: Commit) -> Outcome:
        """See `Store.commit`."""
        return self.commit_many(at.space, at.course, [(at.learner, write)])[0]

    def commit_many(self, space: str, course: str, writes: Sequence[tuple[str, Commit]]) -> list[Outcome]:
        """See `Store.commit_many`."""
        entry = f"{quote(space, safe='')} {quote(course, safe='')}"
        calls = [self._call(Address(space, course, learner), write) for learner, write in writes]
        with self._told():
            journey = self._redis.pipeline(transaction=False)
            for learner, write in writes:
                if write.expected == 0:
                    journey.sadd(self._list(learner), entry)
            if len(journey):
                journey.execute()
            for keys, arguments in calls:
                # redis-py pipelines no EVALSHA to a cluster, whose nodes may know the script or not.
                script = ("EVAL", COMMIT) if self._clustered else ("EVALSHA", self._commit.sha)
                journey.execute_command(*script, len(keys), *keys, *arguments)
            told = journey.execute(raise_on_error=False)
            # A Redis that was started anew does not know the script: each is then called so that it is sent along.
            told = [
                self._commit(*call) if isinstance(each, NoScriptError) else each
                for each, call in zip(told, calls, strict=True)
            ]
            for each in told:
                if isinstance(each, Exception):
                    raise each
        return [Outcome(each.decode()) for each in told]

    def _call(self, at: Address, write: Commit) -> tuple[list[str], list[Any]]:
        """Keys and arguments of the script."""
        ids = [digest(response) for response in write.responses]
        return self._keys(at), [write.expected, write.blob, len(ids), *ids, *_packed(write.counts), at.learner]

    def retract(self, at: Address, write: Retraction) -> Outcome:
        """See `Store.retract`."""
        arguments = [write.expected, at.learner, digest(write.id), *_packed(write.counts)]
        with self._told():
            return Outcome(self._retract(self._keys(at), arguments).decode())

    def spaces(self, course: str, learner: str) -> list[str]:
        """See `Store.spaces`."""
        with self._told():
            entries = [self._entry(entry) for entry in self._redis.smembers(self._list(learner))]
        return [space for space, its_course in entries if its_course == course]

    def keys(self, space: str, course: str) -> list[str]:
        """See `Store.keys`."""
        with self._told():
            return [key.decode() for key in self._redis.hkeys(self._key(space, course, "counts"))]

    def forget(self, learner: str, course: str | None = None) -> None:
        """See `Store.forget`."""
        with self._told():
            for entry in self._redis.smembers(self._list(learner)):
                space, its_course = self._entry(entry)
                if course in {None, its_course}:
                    at = Address(space, its_course, learner)
                    self._redis.delete(self._state(at), self._ids(at))
                    self._redis.srem(self._key(space, its_course, "learners"), learner)
                    self._redis.srem(self._list(learner), entry)

    def learners(self, space: str, course: str) -> int:
        """See `Store.learners`."""
        with self._told():
            return int(self._redis.scard(self._key(space, course, "learners")))

    def ping(self) -> None:
        """See `Store.ping`."""
        with self._told():
            self._redis.ping()

    def close(self) -> None:
        """See `Store.close`."""
        self._redis.close()

    def _keys(self, at: Address) -> list[str]:
        """All that a script writes."""
        return [
            self._state(at),
            self._ids(at),
            self._key(at.space, at.course, "counts"),
            self._key(at.space, at.course, "learners"),
        ]

    def _state(self, at: Address) -> str:
        return self._key(at.space, at.course, f"state:{quote(at.learner, safe='')}")

    def _ids(self, at: Address) -> str:
        return self._key(at.space, at.course, f"ids:{quote(at.learner, safe='')}")

    def _list(self, learner: str) -> str:
        return f"{self._prefix}:{{{quote(learner, safe='')}}}:states"

    @staticmethod
    def _entry(entry: bytes) -> tuple[str, str]:
        """Space and course that an entry of a learner's list names."""
        space, course = (unquote(part) for part in entry.decode().split(" "))
        return space, course

    def _key(self, space: str, course: str, what: str) -> str:
        return f"{self._prefix}:{{{quote(course, safe='')}}}:{quote(space, safe='')}:{what}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, RedisClusterException, OSError, ValueError) as error:
            raise StoreError(
                f"Redis at {self._where}: {error}; check that it runs and that the address is right"
            ) from error


def _packed(counts: Mapping[str, Tally]) -> list[Any]:
    """Key after key, each with its counts as the scripts read them."""
    return [each for key, row in counts.items() for each in (key, np.array(row, PACKED).tobytes())]
