"""What an answer costs in the process, and what a learner costs in a store: writes bench/results/serving_engine.json.

    python -m bench.serving.engine [--times 1000]

By the model that ships. Beside it, in the same run, what PyTorch takes for deep knowledge tracing (Piech et al. 2015)
and for an attention model over a learner's whole history, as those who keep no state have to do at each answer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

import msgspec
import numpy as np
import redis
import torch

from serving import bundle
from serving.context import Batch
from serving.engine import Engine
from serving.intake import load
from serving.model import Model
from serving.state import encode
from serving.stores import Address, Commit, open_store
from serving.stores.memory import MemoryStore
from serving.stores.redis import RedisStore
from serving.types import Candidate, CourseMap, Response

NOW = 1_700_000_000.0
RESULTS = Path(__file__).resolve().parents[1] / "results" / "serving_engine.json"
REDIS = os.environ.get("METAEDU_TEST_REDIS", "redis://127.0.0.1:6379/0")
COMMAND = "python -m bench.serving.engine"
MARKS = {"plan of 2000": 20.0, "observe and predict, graph alone": 0.05, "200 candidates, graph alone": 0.3}
"""Milliseconds at the median."""
HISTORY = (10, 100, 1_000, 10_000)
STATES = 20_000
"""Learners that are put into Redis, to tell the memory of a million by."""


class Who(TypedDict):
    """Whom the engine is asked about."""

    course: str
    learner: str


def key(number: int) -> str:
    return f"block-v1:org+course+run+type@problem+block@{number:032x}#2_1"


def course(items: int) -> CourseMap:
    return CourseMap(
        candidates=tuple(Candidate(item=key(n), skills=(f"skill-{n // 10}",)) for n in range(items)),
        prerequisites={f"skill-{n}": (f"skill-{n - 1}",) for n in range(1, items // 10)},
    )


def response(number: int, learner: str = "learner") -> Response:
    item = number % 50
    return Response(
        id=f"{learner}-{number}",
        course="course",
        learner=learner,
        item=key(item),
        skills=(f"skill-{item // 10}",),
        correct=number % 3 > 0,
        score=float(number % 3 > 0),
        seconds=20,
        time=NOW + 60 * number,
    )


def milliseconds(work: Callable[[int], object], times: int) -> np.ndarray:
    taken = np.empty(times)
    for number in range(times):
        began = time.perf_counter()
        work(number)
        taken[number] = (time.perf_counter() - began) * 1000
    return taken


def measure(model: Model, url: str, times: int) -> dict[str, np.ndarray]:
    engine = Engine(model, open_store(url))
    small, large = course(50), course(2000)
    who: Who = {"course": "course", "learner": "learner"}
    for other in range(20):
        engine.observe_many([response(n, f"other-{other}") for n in range(50)])
    engine.observe_many([response(n) for n in range(200)])
    now = NOW + 60 * 10_000
    one = [small.candidates[3]]
    return {
        "observe": milliseconds(lambda n: engine.observe(response(1000 + n)), times),
        "observe and next of 50": milliseconds(
            lambda n: engine.observe(response(1_000_000 + n), course_map=small), times
        ),
        "predict 1": milliseconds(lambda _: engine.predict(**who, candidates=one, now=now), times),
        "next of 50": milliseconds(lambda _: engine.next(**who, course_map=small, now=now), times),
        "plan of 2000": milliseconds(
            lambda _: engine.plan(**who, course_map=large, now=now, days=60), max(20, times // 20)
        ),
        "plan of 2000, course map not seen before": milliseconds(
            lambda _: engine.plan(**who, course_map=course(2000), now=now, days=60), max(20, times // 20)
        ),
    }


def graphs(times: int) -> dict[str, np.ndarray]:
    """The graphs alone."""
    model, store = bundle.shipped(), MemoryStore()
    engine = Engine(model, store)
    engine.observe_many([response(n) for n in range(200)])
    found = {}
    for name, number in (("observe and predict, graph alone", 1), ("200 candidates, graph alone", 200)):
        batch = Batch([key(n) for n in range(number)], [(f"skill-{n // 10}",) for n in range(number)])
        state, of_course = load(model, store, "course", "learner", batch)
        context = batch.context(batch.own(state), of_course, NOW)
        told = np.tile(np.array([[1, 1, 0, 20, 1]], np.float32), (number, 1))
        ask = (
            (lambda _, c=context, t=told: model.observe(c, t))
            if number == 1
            else (lambda _, c=context: model.predict(c))
        )
        found[name] = milliseconds(ask, times)
    return found


def histories(times: int) -> dict[int, np.ndarray]:
    """An answer after so many of the learner's."""
    engine, small = Engine(bundle.shipped(), MemoryStore()), course(50)
    for length in HISTORY:
        engine.observe_many([response(n, f"after-{length}") for n in range(length)])
    # Taken in turns, so that all meet the same machine.
    taken = np.empty((times, len(HISTORY)))
    for number in range(times):
        for column, length in enumerate(HISTORY):
            asked = response(10**6 + number, f"after-{length}")
            began = time.perf_counter()
            engine.observe(asked, course_map=small)
            taken[number, column] = (time.perf_counter() - began) * 1000
    return {length: taken[:, column] for column, length in enumerate(HISTORY)}


class Attention(torch.nn.Module):
    """Two layers of causal self-attention over the answers, as wide as SAKT (Pandey & Karypis 2019)."""

    def __init__(self, skills: int = 50, width: int = 64) -> None:
        super().__init__()
        self.seen = torch.nn.Embedding(2 * skills, width)
        layer = torch.nn.TransformerEncoderLayer(width, 4, 2 * width, batch_first=True)
        self.layers = torch.nn.TransformerEncoder(layer, 2)
        self.told = torch.nn.Linear(width, skills)

    def forward(self, answers: torch.Tensor) -> torch.Tensor:
        """Logits of the skills, [B, skills]; answers [B, T] are 2 * skill + right."""
        return self.told(self.layers(self.seen(answers), is_causal=True, mask=_causal(answers.shape[1]))[:, -1])


class Recurrent(torch.nn.Module):
    """Deep knowledge tracing, 200 hidden units, run over the answers anew."""

    def __init__(self, skills: int = 50, width: int = 200) -> None:
        super().__init__()
        self.seen = torch.nn.Embedding(2 * skills, width)
        self.layers = torch.nn.LSTM(width, width, batch_first=True)
        self.told = torch.nn.Linear(width, skills)

    def forward(self, answers: torch.Tensor) -> torch.Tensor:
        """Logits of the skills, [B, skills]; answers [B, T] are 2 * skill + right."""
        return self.told(self.layers(self.seen(answers))[0][:, -1])


def _run(network: torch.nn.Module, answers: torch.Tensor, _: int) -> None:
    network(answers)


def _causal(length: int) -> torch.Tensor:
    return torch.nn.Transformer.generate_square_subsequent_mask(length)


def anew(times: int) -> dict[tuple[str, int], np.ndarray]:
    """Milliseconds that networks take that are run over the history."""
    torch.set_num_threads(1)
    found = {}
    for name, network in (("DKT", Recurrent()), ("attention", Attention())):
        network.eval()
        for length in HISTORY:
            if (name, length) == ("attention", 10_000):  # the mask alone is 400 MB
                continue
            answers = torch.randint(100, (1, length))
            with torch.no_grad():
                found[name, length] = milliseconds(
                    partial(_run, network, answers), max(3, min(times, 20_000 // length))
                )
    return found


def bulk(learners: int) -> tuple[float, float]:
    """Learners a second whose mastery of 5 skills is told, side by side and one by one."""
    engine = Engine(bundle.shipped(), MemoryStore())
    names, skills = [f"learner-{n}" for n in range(learners)], [f"skill-{n}" for n in range(5)]
    engine.observe_many([response(n, name) for name in names[:200] for n in range(20)])
    # The others are copies of these: what they answered costs time to observe, and none to tell.
    states = engine.store._states  # type: ignore[attr-defined]
    known = [(at, state) for at, state in states.items()]
    for number, name in enumerate(names):
        at, state = known[number % len(known)]
        states[at._replace(learner=name)] = state
    now = NOW + 60 * 10_000
    began = time.perf_counter()
    engine.mastery_many(course="course", learners=names, skills=skills, now=now)
    together = learners / (time.perf_counter() - began)
    began = time.perf_counter()
    for name in names[:2000]:
        engine.mastery(course="course", learner=name, skills=skills, now=now)
    return together, 2000 / (time.perf_counter() - began)


def sizes() -> tuple[int, float]:
    """Bytes of the state of a learner who has answered each of a course's 50 skills, and MB of a million in Redis."""
    model, store = bundle.shipped(), MemoryStore()
    responses = [
        msgspec.structs.replace(response(n), item=key(n), skills=(f"skill-{n}",), id=f"r-{n}") for n in range(50)
    ]
    Engine(model, store).observe_many(responses)
    state, _ = load(model, store, "course", "learner", Batch([], []))
    blob, url = encode(state), f"{REDIS}?prefix=bench-{uuid.uuid4().hex}"
    there, own = RedisStore(url), redis.Redis.from_url(REDIS)
    before = _used(own)
    try:
        for n in range(STATES):
            there.commit(Address("m", "course", f"learner-{n:012d}"), Commit([f"{n}"], 0, blob, {}))
        used = _used(own) - before
    finally:
        for name in own.scan_iter(f"{url.partition('prefix=')[2]}:*", count=5000):
            own.delete(name)
    return len(blob), used / STATES


def _used(own: redis.Redis) -> int:
    told: Any = own.info("memory")
    return int(told["used_memory"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1000)
    options = parser.parse_args()
    machine = f"{os.cpu_count()} {platform.machine()} cores, load {os.getloadavg()[0]:.1f} before"
    figures: list[dict[str, Any]] = []

    def note(figure: str, value: float, unit: str, mark: float | None = None, **more: Any) -> None:
        met = None if mark is None else bool(value >= mark if more.get("least") else value <= mark)
        row = {"figure": figure, "value": round(value, 4), "unit": unit, "mark": mark, "met": met}
        figures.append(row | {"compared_to": more.get("compared_to"), "command": COMMAND, "measured_on": machine})
        print(f"{figure:75} {value:12.4f} {unit}", flush=True)

    for what, taken in graphs(options.times).items():
        note(f"{what}, p50", float(np.median(taken)), "ms", MARKS.get(what))
    with tempfile.TemporaryDirectory() as folder:
        for kind, url in (("memory", "memory://"), ("sqlite", f"sqlite:///{folder}/states.sqlite3")):
            for what, taken in measure(bundle.shipped(), url, options.times).items():
                note(f"{what}, {kind} store, p50", float(np.median(taken)), "ms", MARKS.get(what))
                note(f"{what}, {kind} store, p99", float(np.percentile(taken, 99)), "ms")
    after = {length: float(np.median(taken)) for length, taken in histories(max(100, options.times // 5)).items()}
    for length, value in after.items():
        note(f"answer after {length} answers, p50", value, "ms")
    note("answer after 10,000 answers against after 10", after[10_000] / after[10], "times", 1.1)
    others = {key: float(np.median(taken)) for key, taken in anew(options.times).items()}
    for (name, length), value in others.items():
        note(f"{name} in PyTorch over {length} answers, p50", value, "ms")
    note("DKT over 10,000 answers against over 10", others["DKT", 10_000] / others["DKT", 10], "times")
    together, alone = bulk(100_000)
    note("mastery of 5 skills, 100,000 learners of a course: learners a second", together, "1/s")
    note("the same one by one", alone, "1/s")
    note("side by side against one by one", together / alone, "times", 8.0, least=True)
    size, each = sizes()
    note("state of a learner with 50 skills and 50 items", size, "bytes", 1024)
    note("Redis, a learner of that size in all", each, "bytes", compared_to=f"{STATES} learners put there")
    note("Redis, a million learners", each / 1000, "GB", compared_to=f"{STATES} learners put there")
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
