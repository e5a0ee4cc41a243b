"""What every store promises, over all of them."""

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from redis.crc import key_slot

from serving.errors import StoreError
from serving.stores import Address, Commit, Outcome, Store, open_store
from serving.stores.redis import RedisStore
from tests.serving.conftest import REDIS

AT = Address("m~1", "course-v1:a+b+c", "learner {1}")


def write(*ids: str, expected: int = 0, blob: bytes = b"\x00state", counts: dict | None = None) -> Commit:
    return Commit(ids, expected, blob, {"t": (1, 1, 0, 0, 1)} if counts is None else counts)


def totals(store: Store, at: Address = AT, *keys: str) -> list[list[float]]:
    return store.load(at, keys or ("t",)).counts.tolist()


def test_nothing_is_there_at_first(store: Store) -> None:
    assert store.load(AT)[:2] == (None, 0)
    assert totals(store, AT, "t", "i:x") == [[0] * 5] * 2
    assert store.load(AT).counts.shape == (0, 5)
    assert store.applied(AT, ["r1"]) == set()
    assert store.applied(AT, []) == set()
    assert store.learners(AT.space, AT.course) == 0
    store.ping()


def test_a_commit_writes_state_ids_and_counts(opener: Callable[[], Store]) -> None:
    assert opener().commit(AT, write("r1", counts={"t": (1, 1, 0, 0, 1), "i:é\n": (0, 0, 1, 0, 2)})) is Outcome.APPLIED
    store = opener()
    assert store.load(AT)[:2] == (b"\x00state", 1)
    assert totals(store, AT, "i:é\n", "t", "none") == [[0, 0, 1, 0, 2], [1, 1, 0, 0, 1], [0] * 5]
    assert store.load(AT, ["t"]).counts.dtype == np.float32
    assert store.applied(AT, ["r1", "r2"]) == {"r1"}
    assert store.learners(AT.space, AT.course) == 1


def test_several_states_are_read_in_their_order(store: Store) -> None:
    for n in range(3):
        store.commit(AT._replace(learner=f"l{n}"), write(f"r{n}", blob=f"{n}".encode()))
    store.commit(AT._replace(learner="l2"), write("another", expected=1, blob=b"2+"))
    told = store.load_many(AT.space, AT.course, ["l2", "none", "l0", "l2"], ["none", "t"])
    assert told.blobs == [b"2+", None, b"0", b"2+"]
    assert told.versions == [2, 0, 1, 2]
    assert told.counts.tolist() == [[0] * 5, [4, 4, 0, 0, 4]]
    assert store.load_many(AT.space, AT.course, [])[:2] == ([], [])


def test_several_are_written_each_by_itself(store: Store) -> None:
    store.commit(AT._replace(learner="l1"), write("r1", blob=b"1"))
    told = store.commit_many(
        AT.space,
        AT.course,
        [
            ("l0", write("r1", blob=b"0")),
            ("l1", write("r1", expected=1, blob=b"twice")),
            ("l2", write("r1", expected=4, blob=b"stale")),
            ("l3", write("r1", "r2", blob=b"3")),
        ],
    )
    assert told == [Outcome.APPLIED, Outcome.DUPLICATE, Outcome.CONFLICT, Outcome.APPLIED]
    loaded = store.load_many(AT.space, AT.course, ["l0", "l1", "l2", "l3"], ["t"])
    assert loaded.blobs == [b"0", b"1", None, b"3"]
    assert loaded.counts.tolist() == [[3, 3, 0, 0, 3]]
    assert store.applied(AT._replace(learner="l3"), ["r1", "r2"]) == {"r1", "r2"}
    assert store.commit_many(AT.space, AT.course, []) == []
    store.forget("l3")
    assert store.load(AT._replace(learner="l3"))[:2] == (None, 0)


def test_a_duplicate_changes_nothing(store: Store) -> None:
    store.commit(AT, write("r1", blob=b"1"))
    assert store.commit(AT, write("r1", expected=1, blob=b"2")) is Outcome.DUPLICATE
    assert store.commit(AT, write("r2", "r1", expected=1, blob=b"2")) is Outcome.DUPLICATE
    assert store.load(AT)[:2] == (b"1", 1)
    assert totals(store) == [[1, 1, 0, 0, 1]]
    assert store.applied(AT, ["r2"]) == set()


def test_a_conflict_changes_nothing(store: Store) -> None:
    store.commit(AT, write("r1", blob=b"1"))
    for stale in (0, 2):
        assert store.commit(AT, write("r2", expected=stale, blob=b"2")) is Outcome.CONFLICT
    assert store.commit(AT._replace(learner="new"), write("r2", expected=1)) is Outcome.CONFLICT
    assert store.load(AT)[:2] == (b"1", 1)
    assert store.load(AT._replace(learner="new"))[:2] == (None, 0)
    assert totals(store) == [[1, 1, 0, 0, 1]]


def test_counts_add_up_over_learners_and_stay_large(store: Store) -> None:
    store.commit(AT, write("r1", counts={"t": (3_000_000, 2_999_999, 2_000_000, 0, 1_000_000)}))
    store.commit(AT._replace(learner="l2"), write("r1", counts={"t": (2, 1, 0, 5, 1), "i:x": (0, 0, 1, 1, 0)}))
    total = [3_000_002, 3_000_000, 2_000_000, 5, 1_000_001]
    assert totals(store, AT, "t", "i:x", "t") == [total, [0, 0, 1, 1, 0], total]


@pytest.mark.parametrize("field", ["space", "course", "learner"])
def test_spaces_courses_and_learners_are_apart(store: Store, field: str) -> None:
    store.commit(AT, write("r1"))
    other = AT._replace(**{field: "x"})
    assert store.load(other)[:2] == (None, 0)
    assert store.applied(other, ["r1"]) == set()
    assert totals(store, other) == ([[1, 1, 0, 0, 1]] if field == "learner" else [[0] * 5])


def test_names_cannot_run_into_each_other(store: Store) -> None:
    store.commit(Address("a:b", "c", "d"), write("r1"))
    for other in (Address("a", "b:c", "d"), Address("a", "b", "c:d"), Address("a:b:c", "", "d")):
        assert store.load(other)[:2] == (None, 0)


def test_forgetting_one_course_leaves_the_others(store: Store) -> None:
    elsewhere, somebody = AT._replace(course="other"), AT._replace(learner="somebody")
    for at in (AT, elsewhere, somebody):
        store.commit(at, write("r1"))
    store.forget(AT.learner, AT.course)
    assert store.load(AT)[:2] == (None, 0)
    assert store.applied(AT, ["r1"]) == set()
    assert store.load(elsewhere).version == store.load(somebody).version == 1
    assert store.learners(AT.space, AT.course) == 1
    assert totals(store) == [[2, 2, 0, 0, 2]]


def test_forgetting_a_learner_reaches_every_course_and_space(store: Store) -> None:
    places = [AT, AT._replace(course="other"), AT._replace(space="m~2")]
    for at in places:
        store.commit(at, write("r1"))
    store.forget(AT.learner)
    assert [store.load(at)[:2] for at in places] == [(None, 0)] * 3
    assert [store.learners(at.space, at.course) for at in places] == [0] * 3
    store.forget("nobody")


def test_a_forgotten_learner_can_begin_again(store: Store) -> None:
    store.commit(AT, write("r1"))
    store.forget(AT.learner)
    assert store.commit(AT, write("r1")) is Outcome.APPLIED
    store.forget(AT.learner)
    assert store.load(AT)[:2] == (None, 0)


def increments(store: Store, name: str, amount: int) -> None:
    for n in range(amount):
        while True:
            blob, version, _ = store.load(AT)
            added = str(int(blob or b"0") + 1).encode()
            if store.commit(AT, write(f"{name}-{n}", expected=version, blob=added)) is Outcome.APPLIED:
                break


def test_threads_lose_no_write(store: Store) -> None:
    threads = [threading.Thread(target=increments, args=(store, f"t{n}", 25)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.load(AT)[:2] == (b"100", 100)
    assert totals(store) == [[100, 100, 0, 0, 100]]


def _process(kind: str, where: str, name: str) -> None:
    increments(_open(kind, where), name, 40)


def _open(kind: str, where: str) -> Store:
    return RedisStore(REDIS, prefix=where) if kind == "redis" else open_store(f"sqlite:///{where}")


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_lose_no_write(kind: str, method: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    where = request.getfixturevalue("redis_prefix") if kind == "redis" else str(tmp_path / "s.sqlite3")
    store = _open(kind, where)
    store.ping()
    context = multiprocessing.get_context(method)
    processes = [context.Process(target=_process, args=(kind, where, f"p{n}")) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert store.load(AT)[:2] == (b"80", 80)
    assert totals(store) == [[80, 80, 0, 0, 80]]


def test_a_store_opened_before_a_fork_works_in_both(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    process = multiprocessing.get_context("fork").Process(target=increments, args=(store, "child", 30))
    process.start()
    increments(store, "parent", 30)
    process.join()
    assert store.load(AT)[:2] == (b"60", 60)


@pytest.mark.parametrize(
    "url", ["", "nothing", "mysql://x", "sqlite://", "sqlite:///", "redis://127.0.0.1:notaport", "sqlite:////proc/x/y"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://10.255.255.1:6379/0"])
def test_a_redis_that_is_down_is_told_quickly(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match="check that it runs"):
        open_store(url)
    assert time.monotonic() - began < 3


def test_the_password_of_a_redis_is_never_told() -> None:
    with pytest.raises(StoreError) as error:
        open_store("redis://:secret@127.0.0.1:1/0")
    assert "secret" not in str(error.value)


def test_many_keys_are_counted_each_on_its_own(store: Store) -> None:
    keys = [f"i:{n}" for n in range(300)]
    for start in (0, 150):
        some = {key: (n, 1, 2, n % 7, n % 3) for n, key in enumerate(keys) if n >= start}
        store.commit(AT._replace(learner=str(start)), write("r1", counts=some))
    expected = [[n * f, f, 2 * f, (n % 7) * f, (n % 3) * f] for n, f in ((n, 1 + (n >= 150)) for n in range(300))]
    assert totals(store, AT, *keys[::-1], "never") == [*expected[::-1], [0] * 5]


@pytest.mark.parametrize(
    ("table", "columns"),
    [("counts", ["number", "correct"]), ("course_counts", ["first", "first_right", "later", "later_right"])],
)
def test_a_file_of_an_older_release_is_used_further(tmp_path: Path, table: str, columns: list[str]) -> None:
    """Its counts had fewer columns, and belong to states of another space."""
    with sqlite3.connect(tmp_path / "s.sqlite3") as old:
        old.execute(
            f"CREATE TABLE {table} (space TEXT, course TEXT, key TEXT, {', '.join(f'{c} INTEGER' for c in columns)},"
            " PRIMARY KEY (space, course, key)) WITHOUT ROWID"
        )
        values = ", ".join("7" for _ in columns)
        old.execute(f"INSERT INTO {table} VALUES (?, ?, 't', {values})", (AT.space, AT.course))
    old.close()
    store = open_store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    assert totals(store) == [[0] * 5]
    store.commit(AT, write("r1"))
    assert totals(store) == [[1, 1, 0, 0, 1]]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{tmp_path / 'x'}")


def test_a_locked_database_is_an_error_and_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.stores.sqlite.WAIT", 0.05)
    store = open_store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    other = sqlite3.connect(tmp_path / "s.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.commit(AT, write("r1"))
    other.execute("ROLLBACK")
    assert store.commit(AT, write("r1")) is Outcome.APPLIED


def test_all_that_one_script_touches_lies_in_one_slot_of_a_cluster(redis_prefix: str) -> None:
    store = RedisStore(REDIS, prefix=redis_prefix)
    store.commit(AT, write("r1"))
    keys = [key.decode() for key in store._redis.scan_iter(f"{redis_prefix}:*", count=1000)]
    mine = [key for key in keys if not key.endswith(":states")]
    assert len(keys) == len(mine) + 1 == 5
    assert len({key_slot(key.encode()) for key in mine}) == 1
