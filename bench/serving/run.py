"""The service under load, beside others that serve the same bundle: writes bench/results/serving.json.

    python -m bench.serving.run [--seconds 6] [--only ours,fastapi,…]

Server on the first core, load on the second, 16 connections, one worker each. Two questions: *answer* (observe,
feedback and the next of 50 candidates; all do it by the same engine), and *infer* (the predict graph on 50 pairs, by
JSON). The peers get environments of their own in var/serving_peers, made where first needed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import psutil

from bench.serving.engine import course, response
from bench.serving.load import Make, Told, load, post
from bench.serving.peers.servers import PEERS, command
from serving import bundle

RESULTS = Path(__file__).resolve().parents[1] / "results" / "serving.json"
COMMAND = "python -m bench.serving.run"
REDIS = os.environ.get("METAEDU_TEST_REDIS", "redis://127.0.0.1:6379/0")
CONNECTIONS, MOST, MANY = 16, 64, 256
MAP = msgspec.json.encode(course(50))


class Server(NamedTuple):
    """One that runs."""

    port: int
    started: float
    """Seconds until it was ready."""
    megabytes: float
    """Resident memory of all its processes when it was; what several share counts once."""


def answers(path: str) -> Make:
    """Each connection is of learners who answer 200 items each."""

    def make(connection: int, number: int) -> bytes:
        asked = msgspec.json.encode(response(number, f"learner-{connection}-{number // 200}"))
        return post(path, b'{"response":' + asked + b',"course_map":' + MAP + b"}")

    return make


def inferences(path: str) -> Make:
    """50 pairs, as they come."""
    rng = np.random.default_rng(0)
    inputs = []
    for name, shape in bundle.shipped().model.graphs["predict"].inputs.items():
        skilled = name in {"skills", "skill_mask", "skill_elapsed", "course_skills"}
        full = [50, *([1] if skilled else []), *[n for n in shape if n > 0]]
        data = rng.integers(0, 3, full).astype(float).ravel().tolist()
        inputs.append({"name": name, "shape": full, "datatype": "FP32", "data": data})
    request = post(path, json.dumps({"inputs": inputs}).encode())
    return lambda connection, number: request


@contextmanager
def running(arguments: list[str], environment: dict[str, str], port: int, first: Make) -> Iterator[Server]:
    """A server on the first core, from when it answers its first request."""
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "--cpu-list", "0", *arguments],
        env={**os.environ, **environment, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            try:
                if load(port, first, connections=1, seconds=0.0, first=10**6, least=1).taken:
                    break
            except (OSError, EOFError):
                if process.poll() is not None or time.perf_counter() - began > 120:
                    raise SystemExit(f"{arguments} does not start") from None
            time.sleep(0.02)
        started = time.perf_counter() - began
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        yield Server(port, started, sum(each.memory_full_info().pss for each in family) / 1e6)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ours(port: int, *more: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "serving", "--port", str(port), "--most", str(MOST), *more], {}


def measure(port: int, make: Make, seconds: float) -> Told:
    """After a second to get warm."""
    load(port, make, connections=CONNECTIONS, seconds=1.0, first=2 * 10**6)
    return load(port, make, connections=CONNECTIONS, seconds=seconds)


def pressed(port: int, make: Make, full: float, seconds: float) -> Iterator[tuple[str, float, str, float | None]]:
    """Figures under four times the load that it can bear."""
    told = load(port, make, connections=MANY, seconds=seconds, first=5 * 10**6, every=MANY / (4 * full))
    after = load(port, make, connections=1, seconds=1.0, first=6 * 10**6)
    if set(told.statuses) - {200, 429} or set(after.statuses) != {200}:
        raise SystemExit(f"under load: {dict(told.statuses)}, afterwards {dict(after.statuses)}")
    yield "four times the load: asked", sum(told.statuses.values()) / told.seconds, "1/s", None
    yield "four times the load: answered, share of the full rate", told.rate / full, "of 1", 0.95
    yield "four times the load: refused (429)", told.statuses[429] / sum(told.statuses.values()), "of 1", None
    yield "four times the load: p99 of what is answered", told.milliseconds(99), "ms", None
    yield "the second after that: p99", after.milliseconds(99), "ms", None


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--only", default=",".join(["ours", "ours-redis", *PEERS]))
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})
    figures: list[dict[str, Any]] = []
    rates: dict[tuple[str, str], float] = {}
    machine = f"{os.cpu_count()} {platform.machine()} cores, load {os.getloadavg()[0]:.1f} before"

    def note(figure: str, value: float, unit: str, mark: float | None = None, least: bool = True, **more: Any) -> None:
        met = None if mark is None else bool(value >= mark if least else value <= mark)
        row = {"figure": figure, "value": round(value, 3), "unit": unit, "mark": mark, "met": met}
        row |= {"compared_to": more.get("compared_to"), "command": COMMAND, "measured_on": machine}
        figures.append(row)
        print(f"{figure:70} {value:10.2f} {unit}", flush=True)

    port = 18000 + os.getpid() % 1000
    for name in options.only.split(","):
        port += 10
        store = f"{REDIS}?prefix=bench-{uuid.uuid4().hex}" if name == "ours-redis" else "memory://"
        what = ours(port, "--store", store) if name.startswith("ours") else command(name, port)
        path = {"answer": "/v1/observe", "infer": "/v2/models/predict/infer"}
        if name in PEERS:
            path = {"answer": PEERS[name].answer, "infer": PEERS[name].infer}
        questions = {"answer": answers(path["answer"]), "infer": inferences(path["infer"])}
        with running(*what, port, questions["answer"]) as server:
            for question, make in questions.items():
                if (name, question) == ("ours-redis", "infer"):
                    continue
                told = measure(port, make, options.seconds)
                if set(told.statuses) != {200}:
                    print(f"{name} {question}: left out, statuses {dict(told.statuses)}", flush=True)
                    continue
                rates[name, question] = told.rate
                marks = {"ours": (5000, 10), "ours-redis": (2500, 15)}.get(name, (None, None))
                marks = marks if question == "answer" else (None, None)
                note(f"{question}, {name}: answers a second", told.rate, "1/s", marks[0])
                note(f"{question}, {name}: p50", told.milliseconds(50), "ms")
                note(f"{question}, {name}: p99", told.milliseconds(99), "ms", marks[1], least=False)
            if name == "ours":
                for figure in pressed(port, questions["answer"], rates[name, "answer"], options.seconds):
                    note(*figure)
            note(f"{name}: start to ready", server.started, "s", 1.0 if name == "ours" else None, least=False)
            mark = 150.0 if name == "ours" else None
            note(f"{name}: resident memory when ready", server.megabytes, "MB", mark, least=False)
    for (name, question), rate in rates.items():
        if name in PEERS and ("ours", question) in rates:
            mark = (3.0 if name == "fastapi" else 5.0) if question == "answer" else None
            times = rates["ours", question] / rate
            note(f"{question}: ours as often as {name}", times, "times", mark, compared_to=name)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
