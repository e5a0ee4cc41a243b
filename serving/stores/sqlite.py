"""States in an SQLite file: nothing to start, and shared by the processes of one machine."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import local

import numpy as np

from serving.errors import StoreError
from serving.schema import COURSE_COUNTS
from serving.stores.base import Address, Commit, Loaded, LoadedMany, Outcome, Retraction, digest

WAIT = 10.0
"""Seconds to wait for another process's write."""

TABLES = """
CREATE TABLE IF NOT EXISTS state (
    id INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT NOT NULL, course TEXT NOT NULL, learner TEXT NOT NULL,
    version INTEGER NOT NULL, blob BLOB NOT NULL, UNIQUE (space, course, learner)
);
CREATE INDEX IF NOT EXISTS state_learner ON state (learner, course);
CREATE TABLE IF NOT EXISTS applied (
    state INTEGER NOT NULL REFERENCES state ON DELETE CASCADE, response BLOB NOT NULL, PRIMARY KEY (state, response)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (
    space TEXT NOT NULL, course TEXT NOT NULL, key TEXT NOT NULL,
    first INTEGER NOT NULL, first_right INTEGER NOT NULL, later INTEGER NOT NULL, later_right INTEGER NOT NULL,
    learners INTEGER NOT NULL,
    PRIMARY KEY (space, course, key)
) WITHOUT ROWID;
"""
FIND = "SELECT id, version, blob FROM state WHERE space = ? AND course = ? AND learner = ?"
FIND_MANY = """
SELECT asked.key, version, blob FROM json_each(?) AS asked
CROSS JOIN state ON space = ? AND course = ? AND state.learner = asked.value
"""
KNOWN = "SELECT 1 FROM applied WHERE state = ? AND response = ?"
CREATE = "INSERT INTO state (space, course, learner, version, blob) VALUES (?, ?, ?, 1, ?)"
UPDATE = "UPDATE state SET version = version + 1, blob = ? WHERE id = ?"
COUNT = """
INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET first = first + excluded.first, first_right = first_right + excluded.first_right,
    later = later + excluded.later, later_right = later_right + excluded.later_right,
    learners = learners + excluded.learners
"""
ANEW = "UPDATE state SET version = version + 1, blob = x'' WHERE id = ?"
"""No state, and the version of the one that was there: what its reader writes now meets another one."""
TAKE_OFF = """
UPDATE tallies SET first = max(first - ?, 0), first_right = max(first_right - ?, 0), later = max(later - ?, 0),
    later_right = max(later_right - ?, 0), learners = max(learners - ?, 0)
WHERE space = ? AND course = ? AND key = ?
"""
KNOWN_COUNTS = """
SELECT asked.key, first, first_right, later, later_right, learners FROM json_each(?) AS asked
CROSS JOIN tallies AS counts ON space = ? AND course = ? AND counts.key = asked.value
"""


class SqliteStore:
    """A store in the file at `path`, which is made when it is not there."""

    shared = True

    def __init__(self, path: str | Path) -> None:
        if str(path) in {"", ":memory:"}:
            raise StoreError("an SQLite store needs a file: sqlite:///path; use memory:// for one without")
        self._path = Path(path)
        self._local = local()
        self._inherited: list[sqlite3.Connection] = []
        with _told(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection()

    def load(self, at: Address, keys: Sequence[str] = ()) -> Loaded:
        """See `Store.load`."""
        with _told(self._path):
            connection = self._connection()
            _, version, blob = connection.execute(FIND, at).fetchone() or (None, 0, None)
            asked = (json.dumps(list(keys)), at.space, at.course)
            rows = connection.execute(KNOWN_COUNTS, asked).fetchall() if keys else []
        counts = np.zeros((len(keys), COURSE_COUNTS), np.float32)
        if rows:
            found = np.array(rows, np.int64)
            counts[found[:, 0]] = found[:, 1:]
        return Loaded(blob or None, version, counts)

    def load_many(self, space: str, course: str, learners: Sequence[str], keys: Sequence[str] = ()) -> LoadedMany:
        """See `Store.load_many`."""
        blobs: list[bytes | None] = [None] * len(learners)
        versions = [0] * len(learners)
        with _told(self._path):
            asked = (json.dumps(list(learners)), space, course)
            for place, version, blob in self._connection().execute(FIND_MANY, asked):
                blobs[place], versions[place] = blob or None, version
        return LoadedMany(blobs, versions, self.load(Address(space, course, ""), keys).counts)

    def applied(self, at: Address, responses: Sequence[str]) -> set[str]:
        """See `Store.applied`."""
        with _told(self._path):
            connection = self._connection()
            row = connection.execute(FIND, at).fetchone()
            if not row:
                return set()
            return {r for r in responses if connection.execute(KNOWN, (row[0], digest(r))).fetchone()}

    def commit(self, at: Address, write: Commit) -> Outcome:
        """See `Store.commit`."""
        with _told(self._path), self._writing() as connection:
            return _write(connection, at, write)

    def commit_many(self, space: str, course: str, writes: Sequence[tuple[str, Commit]]) -> list[Outcome]:
        """See `Store.commit_many`. One transaction: what waits for the disk does so once."""
        with _told(self._path), self._writing() as connection:
            return [_write(connection, Address(space, course, learner), write) for learner, write in writes]

    def retract(self, at: Address, write: Retraction) -> Outcome:
        """See `Store.retract`."""
        with _told(self._path), self._writing() as connection:
            return _take_back(connection, at, write)

    def spaces(self, course: str, learner: str) -> list[str]:
        """See `Store.spaces`."""
        with _told(self._path):
            query = "SELECT space FROM state WHERE learner = ? AND course = ?"
            return [space for (space,) in self._connection().execute(query, (learner, course))]

    def keys(self, space: str, course: str) -> list[str]:
        """See `Store.keys`."""
        with _told(self._path):
            query = "SELECT key FROM tallies WHERE space = ? AND course = ?"
            return [key for (key,) in self._connection().execute(query, (space, course))]

    def forget(self, learner: str, course: str | None = None) -> None:
        """See `Store.forget`."""
        where = "learner = ?" if course is None else "learner = ? AND course = ?"
        with _told(self._path), self._writing() as connection:
            connection.execute(f"DELETE FROM state WHERE {where}", [learner] if course is None else [learner, course])

    def learners(self, space: str, course: str) -> int:
        """See `Store.learners`."""
        query = "SELECT count(*) FROM state WHERE space = ? AND course = ? AND blob != x''"
        with _told(self._path):
            return int(self._connection().execute(query, (space, course)).fetchone()[0])

    def ping(self) -> None:
        """See `Store.ping`."""
        with _told(self._path):
            self._connection().execute("SELECT count(*) FROM (SELECT 1 FROM state LIMIT 1)").fetchone()

    def close(self) -> None:
        """Close the calling thread's connection; those of other threads go with their threads."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def _connection(self) -> sqlite3.Connection:
        """One per thread and process: SQLite's connections survive neither a change of thread nor a fork."""
        mine: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if mine is not None and self._local.process == os.getpid():
            return mine
        if mine is not None:
            # Closing what a fork inherited would take away locks of the parent.
            self._inherited.append(mine)
        connection = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None)
        _prepare(connection)
        self._local.connection, self._local.process = connection, os.getpid()
        return connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _write(connection: sqlite3.Connection, at: Address, write: Commit) -> Outcome:
    row = connection.execute(FIND, at).fetchone()
    state, version = row[:2] if row else (None, 0)
    ids = [digest(response) for response in write.responses]
    if state is not None and any(connection.execute(KNOWN, (state, one)).fetchone() for one in ids):
        return Outcome.DUPLICATE
    if version != write.expected:
        return Outcome.CONFLICT
    if state is None:
        state = connection.execute(CREATE, (*at, write.blob)).lastrowid
    else:
        connection.execute(UPDATE, (write.blob, state))
    connection.executemany("INSERT INTO applied VALUES (?, ?)", [(state, one) for one in ids])
    connection.executemany(COUNT, [(at.space, at.course, key, *added) for key, added in write.counts.items()])
    return Outcome.APPLIED


def _take_back(connection: sqlite3.Connection, at: Address, write: Retraction) -> Outcome:
    row = connection.execute(FIND, at).fetchone()
    if row is None:
        return Outcome.CONFLICT
    state, version = row[:2]
    if connection.execute(KNOWN, (state, digest(write.id))).fetchone():
        return Outcome.DUPLICATE
    if version != write.expected:
        return Outcome.CONFLICT
    connection.execute(ANEW, (state,))
    connection.execute("DELETE FROM applied WHERE state = ?", (state,))
    connection.execute("INSERT INTO applied VALUES (?, ?)", (state, digest(write.id)))
    connection.executemany(TAKE_OFF, [(*taken, at.space, at.course, key) for key, taken in write.counts.items()])
    return Outcome.APPLIED


def _prepare(connection: sqlite3.Connection) -> None:
    until = time.monotonic() + WAIT
    while True:
        try:
            # The switch to WAL does not wait for others as other statements do.
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
    # A power cut may take the last answers, never the file: they are replayed from the stored responses.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(TABLES)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"learner states in {path}: {error}; check that it is a writable file with room around"
        ) from error
