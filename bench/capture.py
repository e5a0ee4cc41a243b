"""What capture costs in the request, beside a queue's producer; and that nothing is lost while the database is away.

    python -m bench.capture [--events 200000] [--emits 4000]

In the request: the platform's own tracker (event-tracking) emits the same events to no backend, to capture's, and to
the queueing backend as event-routing-backends registers it, in turns, with a Redis broker of this run's own. Then that
broker is stopped, and a few more are emitted.

Through capture: one process emits, `manage.py metaedu_drain` drains in another, and the way to PostgreSQL is cut twice,
in the middle of transactions. The database is made for the run (METAEDU_BENCH_POSTGRESQL says where) and dropped.

Writes bench/results/capture.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.import_log import START, _submission

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results" / "capture.json"
SERVER = os.environ.get("METAEDU_BENCH_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
TURN = 50
"""Emits of one backend in a row."""
AWAY = 5.0
"""Seconds that the database is away, each time."""
CUTS = (0.25, 0.6)
"""Shares of the events that are stored when it goes."""
PATIENCE = 30
"""Emits while the queue's broker is away: each waits for its retries."""
DEADLINE = 900.0


def submissions(count: int) -> Iterator[dict[str, Any]]:
    """`problem_check` in the size that the platform emits, of problems with one input."""
    chance = random.Random(20261126)
    attempts: dict[tuple[int, int], int] = {}
    for _ in range(count):
        user, number = chance.randrange(1, 5000), 3 * chance.randrange(130)
        attempts[user, number] = attempt = attempts.get((user, number), 0) + 1
        event = _submission(user, number, attempt, START, chance)[-1]
        context = {**event["context"], **{name: event[name] for name in ("username", "session", "ip", "agent")}}
        context |= {"host": event["host"], "referer": event["referer"], "event_source": "server", "page": "x_module"}
        yield {"name": event["name"], "data": event["event"], "context": context}


def set_up(folder: Path, *, database: str = "", **more: Any) -> None:
    """The smallest project that captures."""
    import django  # noqa: PLC0415  each part of the run is a process of its own
    from django.conf import settings  # noqa: PLC0415

    from deploy.demo import databases  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        METAEDU_DATA_DIR=folder,
        METAEDU_DRAIN_SECONDS=0,
        DATABASES={"default": databases.from_address(database, default=folder / "db.sqlite3")},
        LOGGING_CONFIG=None,
        **{"INSTALLED_APPS": ["metaedu_plugin.capture"], **more},
    )
    django.setup()


Cost = tuple[float, float]
"""Milliseconds of the clock, and of the processor: what others do on the machine is in the first alone."""


def emitter(backends: dict[str, Any]) -> Callable[[dict[str, Any]], Cost]:
    """Emits through the platform's tracker, as a request does: the context is entered before, and is not measured."""
    from django.test.utils import override_settings  # noqa: PLC0415
    from eventtracking.django.django_tracker import DjangoTracker  # noqa: PLC0415

    with override_settings(EVENT_TRACKING_BACKENDS=backends):
        tracker = DjangoTracker()

    def emit(event: dict[str, Any]) -> Cost:
        with tracker.context("request", event["context"]):
            begun, worked = time.perf_counter(), time.thread_time()
            tracker.emit(event["name"], event["data"])
            return 1000 * (time.perf_counter() - begun), 1000 * (time.thread_time() - worked)

    return emit


def capture_backend() -> dict[str, Any]:
    """Capture's backend, as its settings register it in the LMS."""
    from types import SimpleNamespace  # noqa: PLC0415

    from metaedu_plugin.capture.settings import common  # noqa: PLC0415

    settings = SimpleNamespace(METAEDU_DATA_DIR="unused")
    common.plugin_settings(settings)
    return settings.EVENT_TRACKING_BACKENDS


def queueing_backend() -> dict[str, Any]:
    """The backend that event-routing-backends registers; what its worker would do with an event is left out."""
    from types import SimpleNamespace  # noqa: PLC0415

    from event_routing_backends.settings import common  # noqa: PLC0415

    settings = SimpleNamespace(EVENT_TRACKING_BACKENDS={}, FEATURES={}, LMS_ROOT_URL="https://lms.example.org")
    common.plugin_settings(settings)
    settings.EVENT_TRACKING_BACKENDS["event_transformer"]["OPTIONS"]["backends"] = {}
    return settings.EVENT_TRACKING_BACKENDS


def measure_emits(folder: Path, count: int) -> dict[str, Any]:
    """Milliseconds of each emit, in turns; then with the broker away."""
    from celery import Celery  # noqa: PLC0415

    set_up(folder)
    broker = Redis()
    Celery("bench", broker=broker.address, set_as_current=True).set_default()
    emit = {"none": emitter({}), "capture": emitter(capture_backend()), "queue": emitter(queueing_backend())}
    costs: dict[str, list[Cost]] = {name: [] for name in emit}
    events = list(submissions(count))
    broker.begin()
    try:
        for one in emit.values():  # connections, files, imports
            for event in events[:20]:
                one(event)
        for start in range(0, count, TURN):
            for name, one in emit.items():
                costs[name] += [one(event) for event in events[start : start + TURN]]
        queued = broker.waiting()
        broker.stop()
        silent()
        waits = [emit["queue"](event)[0] for event in events[:PATIENCE]]
        broker.begin()
        late = broker.waiting()
    finally:
        broker.stop()
    kept = sum(path.read_bytes().count(b"\n") for path in (folder / "spool").iterdir())
    return {"costs": costs, "waits": waits, "kept": kept - 20, "queued": queued - 20, "late": late}


def silent() -> None:
    """A tracker logs each event that a backend loses."""
    import logging  # noqa: PLC0415

    logging.disable(logging.CRITICAL)


class Redis:
    """A Redis of this run's own, that keeps nothing and can be stopped and begun again."""

    def __init__(self) -> None:
        self._program = shutil.which("redis-server")
        if self._program is None:
            sys.exit("redis-server is not installed: the queue cannot be compared with")
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"redis://127.0.0.1:{self._port}/0"

    def begin(self) -> None:
        """Run, and answer."""
        command = [str(self._program), "--port", str(self._port), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _until(self._answers, 10)

    def _answers(self) -> bool:
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", self._port)) == 0

    def stop(self) -> None:
        """Be away."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def waiting(self) -> int:
        """Tasks in Celery's queue."""
        import redis  # noqa: PLC0415

        queued: Any = redis.Redis.from_url(self.address).llen("celery")
        return int(queued)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Way:
    """The way to the database: a port that hands on to the server, until it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []

    def begin(self) -> None:
        """Take connections."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def cut(self) -> int:
        """Refuse connections, and break those that there are; returns how many there were."""
        assert self._listener is not None
        broken, self._open = self._open, []
        for each in (self._listener, *broken):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        return len(broken) // 2

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._server)
                self._open += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=[source, target], daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                target.sendall(piece)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def database() -> Iterator[tuple[str, Way, Callable[[str], int]]]:
    """A database of this run's own: its address behind a way that can be cut, the way, and queries past it."""
    import psycopg  # noqa: PLC0415

    name = f"metaedu_bench_{os.getpid()}"
    parts = urlsplit(SERVER)
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        way = Way(parts.hostname or "127.0.0.1", parts.port or 5432)
        way.begin()
        try:
            with psycopg.connect(f"{SERVER}/{name}", autocommit=True) as direct:
                place = f"{parts.username or 'postgres'}@127.0.0.1:{way.port}"

                def ask(query: str) -> int:
                    (found,) = direct.execute(query.encode()).fetchone() or (0,)
                    return int(found)

                yield f"postgresql://{place}/{name}", way, ask
        finally:
            way.cut()
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


COUNT = "SELECT count(*) FROM metaedu_capture_response"
ONCE = "SELECT count(DISTINCT key) FROM metaedu_capture_response"
DEAD = "SELECT count(*) FROM metaedu_capture_deadletter"


def through(folder: Path, events: int) -> dict[str, Any]:
    """All events in by one process, out by another, with the way to the database cut twice."""
    with database() as (address, way, ask):
        run("migrate", folder, address)
        begun = time.perf_counter()
        writer = start("write", folder, address, str(events))
        drainer = start("drain", folder, address)
        broken, away = 0, 0.0
        for share in CUTS:
            enough = int(share * events)
            _until(lambda: ask(COUNT) >= enough, DEADLINE)  # noqa: B023  called at once
            broken += way.cut()
            seen = ask(COUNT)
            time.sleep(AWAY)
            away += AWAY
            if ask(COUNT) != seen:
                sys.exit("the database was to be away, and was written to")
            way.begin()
        written = json.loads(writer.communicate()[0])
        _until(lambda: ask(COUNT) >= events and not list((folder / "spool").glob("*")), DEADLINE)
        seconds = time.perf_counter() - begun
        drainer.terminate()
        usage = os.wait4(drainer.pid, 0)[2]
        return {
            **written,
            "lost": events - ask(ONCE),
            "twice": ask(COUNT) - ask(ONCE),
            "dead": ask(DEAD),
            "broken": broken,
            "away": away,
            "seconds": seconds,
            "drainer": usage.ru_maxrss / 1024,
        }


def start(part: str, folder: Path, database: str, *arguments: str) -> subprocess.Popen[str]:
    """A part of the run in a process of its own."""
    command = [sys.executable, "-m", "bench.capture", "--part", part, str(folder), database, *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def run(part: str, folder: Path, database: str, *arguments: str) -> Any:
    """The same, waited for: what it prints."""
    process = start(part, folder, database, *arguments)
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"bench.capture --part {part} failed")
    return json.loads(output) if output else None


def play(part: str, folder: Path, database: str, *arguments: str) -> None:
    """Be one part."""
    from django.core.management import call_command  # noqa: PLC0415

    if part == "emits":
        print(json.dumps(measure_emits(folder, int(arguments[0]))))
        return
    set_up(folder, database=database)
    if part == "migrate":
        call_command("migrate", verbosity=0)
    elif part == "drain":
        call_command("metaedu_drain", every=0.5)
    elif part == "write":
        print(json.dumps(write(int(arguments[0]))))


def write(count: int) -> dict[str, Any]:
    """Emit them all as fast as it goes."""
    import resource  # noqa: PLC0415

    from metaedu_plugin.capture.receive import Losses  # noqa: PLC0415

    emit = emitter(capture_backend())
    costs = [emit(event)[0] for event in submissions(count)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"slowest": max(costs), "p99": quantile(costs, 0.99), "unwritten": Losses.count, "writer": peak}


def quantile(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _until(done: Callable[[], bool], patience: float) -> None:
    limit = time.monotonic() + patience
    while not done():
        if time.monotonic() > limit:
            sys.exit("waited too long; the figures are not written")
        time.sleep(0.1)


def figures(emits: dict[str, Any], passed: dict[str, Any], events: int) -> list[tuple[Any, ...]]:
    """(figure, value, unit, mark, met, compared to)."""
    costs = {name: [cost[0] for cost in each] for name, each in emits["costs"].items()}
    worked = {name: [cost[1] for cost in each] for name, each in emits["costs"].items()}
    nothing = statistics.median(costs["none"])
    added = {name: (statistics.median(costs[name]) - nothing, quantile(costs[name], 0.99) - nothing) for name in costs}
    busy = {name: quantile(each, 0.99) - statistics.median(worked["none"]) for name, each in worked.items()}
    queue, waits = "event-routing-backends: queued to Celery on Redis", emits["waits"]
    same = f"{queue}, the same events in the same run"
    wanted = len(costs["capture"])
    return [
        (
            "added per emit in the request, median",
            added["capture"][0],
            "ms",
            "<= 0.5",
            added["capture"][0] <= 0.5,
            f"{same}: {added['queue'][0]:.3f} ms",
        ),
        (
            "added per emit in the request, p99",
            added["capture"][1],
            "ms",
            None,
            None,
            f"{same}: {added['queue'][1]:.3f} ms",
        ),
        (
            "processor time added per emit, p99",
            busy["capture"],
            "ms",
            None,
            None,
            f"{same}: {busy['queue']:.3f} ms",
        ),
        (f"{queue}: added per emit, median", added["queue"][0], "ms", None, None, None),
        (f"{queue}: added per emit, p99", added["queue"][1], "ms", None, None, None),
        (
            "times as fast as the queue, median",
            added["queue"][0] / added["capture"][0],
            "times",
            "> 1",
            added["queue"][0] > added["capture"][0],
            same,
        ),
        (
            f"{queue}: added per emit while the broker is away, median",
            statistics.median(waits) - nothing,
            "ms",
            None,
            None,
            None,
        ),
        (
            f"{queue}: events lost of those emitted while the broker is away",
            float(len(waits) - emits["late"]),
            "events",
            None,
            None,
            None,
        ),
        (
            "events of the comparison that capture has not kept",
            float(wanted - emits["kept"]),
            "events",
            "= 0",
            emits["kept"] == wanted,
            None,
        ),
        (
            f"events through capture, the database away twice for {AWAY:.0f} s",
            float(events),
            "events",
            None,
            None,
            None,
        ),
        ("connections broken in the middle", float(passed["broken"]), "connections", None, None, None),
        (
            "events lost",
            float(passed["lost"] + passed["unwritten"]),
            "events",
            "= 0",
            passed["lost"] + passed["unwritten"] == 0,
            None,
        ),
        ("events stored twice", float(passed["twice"]), "events", "= 0", passed["twice"] == 0, None),
        ("dead letters", float(passed["dead"]), "events", "= 0", passed["dead"] == 0, None),
        ("events a second, in to stored, outages included", events / passed["seconds"], "1/s", None, None, None),
        (
            "events a second, in to stored, outages left out",
            events / (passed["seconds"] - passed["away"]),
            "1/s",
            None,
            None,
            None,
        ),
        ("emit through all of it, p99", passed["p99"], "ms", None, None, None),
        ("emit through all of it, slowest", passed["slowest"], "ms", None, None, None),
        ("peak memory of the process that drains", passed["drainer"], "MB", "< 500", passed["drainer"] < 500, None),
        ("peak memory of the process that emits", passed["writer"], "MB", None, None, None),
    ]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--emits", type=int, default=4000)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        part, folder, database, *arguments = options.part
        play(part, Path(folder), database, *arguments)
        return
    with tempfile.TemporaryDirectory(prefix="metaedu-bench-") as name:
        emits = run("emits", Path(name) / "emits", "", str(options.emits))
        passed = through(Path(name) / "through", options.events)
    command = f"python -m bench.capture --events {options.events} --emits {options.emits}"
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL, Redis,"
        f" {datetime.now(UTC):%Y-%m-%d}, load {os.getloadavg()[1]:.1f}"
    )
    names = ("figure", "value", "unit", "mark", "met", "compared_to")
    report = [
        {**dict(zip(names, each, strict=True)), "command": command, "measured_on": machine}
        for each in figures(emits, passed, options.events)
    ]
    for each in report:
        each["value"] = round(each["value"], 4 if each["unit"] == "ms" else 1)
        verdict = "" if each["met"] is None else f"{each['mark']}: {'met' if each['met'] else 'not met'}"
        print(f"{each['figure']:<84}{each['value']:>12,} {each['unit']:<12} {verdict}")
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
