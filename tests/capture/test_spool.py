"""From the request to the database: nothing waits, nothing is lost, nothing counts twice."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import OperationalError, transaction

from metaedu_plugin.capture import api, drain, drainer, events, spool, store, switches
from metaedu_plugin.capture.backend import CaptureBackend
from metaedu_plugin.capture.models import DeadLetter, Response
from tests.capture.conftest import Run
from tests.capture.payloads import COURSE, check, hint


def spooled() -> str:
    return "".join(path.read_text() for path in spool.segments())


def test_received_event_is_drained_and_told(told: list[Any]) -> None:
    backend = CaptureBackend(any_option=1)
    backend.send(check())
    backend.send({"name": "play_video", "timestamp": "x", "data": {}, "context": {}})
    assert not Response.objects.exists()
    assert api.status().spool_bytes > 0
    counts = api.drain()
    assert (counts.responses, len(told)) == (1, 1)
    assert spool.segments() == []
    assert api.drain() == api.Counts()


def test_nothing_personal_reaches_the_disk() -> None:
    api.receive(event=check())
    api.receive(event=hint())
    text = spooled()
    assert text.count("\n") == 2
    for word in ("person-41", "203.0.113", "Firefox", "secret", "lms.example", "own words", "Look up"):
        assert word not in text


@pytest.mark.parametrize(
    "event", [None, [], {"name": ["problem_check"]}, {"name": "problem_check", "data": 3, "context": 4}]
)
def test_receive_never_raises(event: Any) -> None:
    api.receive(event=event)
    api.drain()


def test_receive_without_a_database_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        api.receive(event=check())


def test_receive_costs_far_less_than_half_a_millisecond() -> None:
    event = check()
    api.receive(event=event)
    costs = []
    for _ in range(300):
        begun = time.perf_counter()
        api.receive(event=event)
        costs.append(time.perf_counter() - begun)
    assert sorted(costs)[150] < 0.0005


def test_full_disk_is_one_warning_and_a_count(own_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    own_folder.mkdir()
    (own_folder / "spool").write_text("a file where the folder should be")
    for _ in range(3):
        api.receive(event=check())
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
    status = api.status()
    assert status.lost == 3
    assert status.loss and (status.loss.count, status.loss.over) == (3, False)
    (own_folder / "spool").unlink()
    api.receive(event=check())
    assert api.drain().responses == 1
    status = api.status()
    assert status.loss and (status.loss.count, status.loss.over, status.loss.why) == (3, True, "Not a directory")


def test_what_is_lost_again_counts_anew(own_folder: Path) -> None:
    own_folder.mkdir()
    place = own_folder / "spool"
    for times in (2, 1):
        place.write_text("a file where the folder should be")
        spool.writer.reset()
        for _ in range(times):
            api.receive(event=check())
        place.unlink()
        api.receive(event=check())
        status = api.status()
        assert status.loss and status.loss.count == times
        shutil.rmtree(place)
    assert api.status().lost == 3


def test_line_that_does_not_fit_is_not_left_half(own_folder: Path) -> None:
    api.receive(event=check())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(spooled()) + 20, limits[1]))
    try:
        api.receive(event=check(at=1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert spooled().count("\n") == 1
    api.receive(event=check(at=2))
    assert api.drain().responses == 2


def test_switch_stops_and_starts_capture() -> None:
    api.switch(name="capture", on=False, by="operator")
    api.receive(event=check())
    assert not api.is_on(name="capture")
    assert api.is_on(name="feedback")
    assert spooled() == ""
    api.switch(name="capture", on=True, by="operator")
    api.receive(event=check())
    assert api.drain().responses == 1
    with pytest.raises(ValueError, match="tutoring"):
        api.switch(name="tutoring", on=False, by="operator")


def test_a_file_system_without_locks_keeps_no_request_and_leaves_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(spool.fcntl, "flock", refuse)
    api.receive(event=check())
    assert api.status().lost == 1
    assert spool.segments() == []


def test_a_child_forked_while_its_parent_drains_holds_no_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away: the segment must be there for the next drainer, whoever lives on."""
    api.receive(event=check())
    children: list[int] = []

    def fork_and_fail(**_: Any) -> None:
        child = os.fork()
        if not child:
            time.sleep(30)
            os._exit(0)
        children.append(child)
        raise OperationalError("gone away")

    with monkeypatch.context() as patched:
        patched.setattr(drain, "ingest", fork_and_fail)
        with pytest.raises(OperationalError):
            api.drain()
    try:
        assert api.drain().responses == 1
    finally:
        os.kill(children[0], signal.SIGKILL)
        os.waitpid(children[0], 0)


def test_what_several_processes_received_is_taken_in_the_order_in_which_it_happened() -> None:
    mine, other = spool.Writer(), spool.Writer()
    for writer, event in ((mine, check(at=60)), (mine, check(at=200, attempt=2)), (other, hint(at=30))):
        small = events.slim(event)
        writer.append(msgspec.json.encode(small) + b"\n")
    other.append(msgspec.json.encode(events.slim(hint(at=170))) + b"\n")
    assert api.drain().responses == 2
    assert [(row.hints, row.seconds) for row in api.responses(course=COURSE)] == [(1, 30.0), (2, 30.0)]


def test_more_segments_than_are_held_open_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "AT_ONCE", 2)
    for at in range(5):
        spool.Writer().append(msgspec.json.encode(events.slim(check(at=at))) + b"\n")
    assert api.drain().responses == 5
    assert spool.segments() == []


def test_switch_of_another_machine_arrives_with_the_next_drain() -> None:
    api.switch(name="capture", on=False, by="operator")
    switches._write(on=True)
    assert switches.mirrored()
    api.drain()
    assert not switches.mirrored()


def test_database_down_then_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        api.receive(event=check(at=n))

    def down(*_: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(store, "PAUSES", (0, 0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(store, "resolve", down)
        with pytest.raises(OperationalError):
            api.drain()
    assert not DeadLetter.objects.exists()
    api.receive(event=check(at=9))
    assert api.drain().responses == 4
    assert spool.segments() == []


def test_drain_that_is_rolled_back_keeps_the_spool() -> None:
    api.receive(event=check())
    with pytest.raises(RuntimeError), transaction.atomic():
        api.drain()
        raise RuntimeError
    assert api.drain().responses == 1


def test_segment_of_a_dead_process_is_drained_without_its_half_line(own_folder: Path) -> None:
    api.receive(event=check())
    code = "import os, sys; sys.stdout.write(str(os.getpid()))"
    pid = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    line = spooled()
    orphan = own_folder / "spool" / f"taken-{1:020d}-{pid}-ab.jsonl"
    orphan.write_text(line.replace('"attempts":1', '"attempts":2') + line[: len(line) // 2])
    counts = api.drain()
    assert (counts.responses, counts.dead) == (2, 0)
    assert spool.segments() == []


def test_writer_and_drainers_side_by_side_lose_nothing(told: list[Any]) -> None:
    stop = threading.Event()

    def write() -> None:
        for n in range(400):
            api.receive(event=check(at=n, user=threading.get_ident() % 1000))
        stop.set()

    moved: list[bytes] = []

    def take() -> None:
        while not stop.is_set():
            for path in spool.segments():
                with spool.take(path) as held:
                    if held is not None:
                        moved.extend(held[1].readlines())
                        held[0].unlink()

    threads = [threading.Thread(target=work) for work in (write, take, take)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moved.extend(line.encode() for line in spooled().splitlines())
    assert len(moved) == 400
    assert len({json.loads(line)["timestamp"] for line in moved}) == 400


def test_forked_child_has_a_segment_of_its_own() -> None:
    api.receive(event=check())
    child = os.fork()
    if child == 0:
        api.receive(event=check(at=1))
        os._exit(0)
    os.waitpid(child, 0)
    api.receive(event=check(at=2))
    assert len(spool.segments()) == 2
    assert spooled().count("\n") == 3


def test_forget_takes_a_persons_lines_out_of_the_spool() -> None:
    api.receive(event=check(user=1))
    api.receive(event=check(user=2))
    drain.remove(1)
    assert '"user_id":1' not in spooled()
    api.receive(event=check(user=3))
    assert api.drain().responses == 2


RECEIVE = """
import sys, django; django.setup()
from metaedu_plugin.capture import api
from tests.capture.payloads import check
for n in range({count}): api.receive(event=check(user={user}, at=n))
"""
DRAIN = "import django; django.setup(); from metaedu_plugin.capture import api; print(api.drain().responses)"
COUNT = (
    "import django; django.setup(); from metaedu_plugin.capture.models import Response; print(Response.objects.count())"
)


def test_two_processes_drain_at_once(server: Run) -> None:
    writers = [threading.Thread(target=server, args=("-c", RECEIVE.format(count=150, user=user))) for user in (1, 2, 3)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    told: list[int] = []
    drainers = [threading.Thread(target=lambda: told.append(int(server("-c", DRAIN).stdout))) for _ in range(2)]
    for thread in drainers:
        thread.start()
    for thread in drainers:
        thread.join()
    told.append(int(server("-c", DRAIN).stdout))
    assert sum(told) == 450 == int(server("-c", COUNT).stdout)


def test_thread_drains_by_itself(server: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code = RECEIVE.format(count=2, user=9) + "\nimport time; time.sleep(1.5)\n"
    server("-c", "import os; os.environ['METAEDU_DRAIN_SECONDS'] = '0.1'\n" + code)
    assert int(server("-c", COUNT).stdout) == 2


def test_no_thread_where_it_is_switched_off() -> None:
    api.receive(event=check())
    assert "metaedu-drain" not in [thread.name for thread in threading.enumerate()]
    assert drainer.interval() == 0
