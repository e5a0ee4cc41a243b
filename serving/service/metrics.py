"""What the service tells of itself, for Prometheus: how much, how long, how right, by which model."""

from __future__ import annotations

import os
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SEVERAL: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several workers of one service put their figures together; set before the import."""
SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
TENTHS: Final = tuple(f"{tenth / 10:.1f}" for tenth in range(10))


class Metrics:
    """The figures of one process; `text` has those of all workers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: Any = {"namespace": "metaedu", "registry": self.registry}
        self._requests = Counter("requests", "Requests answered, by method and status", ["method", "status"], **own)
        self._seconds = Histogram(
            "request_seconds", "From the whole body to the answer", ["method"], buckets=SECONDS, **own
        )
        self._waited = Histogram("waiting_seconds", "In line before its turn", buckets=SECONDS, **own)
        self._line = Gauge("line_length", "Waiting or under way", multiprocess_mode="livesum", **own)
        self._answers = Counter("answers", "Answers by the model that gave them", ["model", "source"], **own)
        self._outcomes = Counter("outcomes", "Responses by the tenth of their predicted chance", ["tenth"], **own)
        self._expected = Counter("outcomes_expected", "Sum of the predicted chances", ["tenth"], **own)
        self._correct = Counter("outcomes_correct", "Right ones among them", ["tenth"], **own)
        self._loads = Counter("model_loads", "New model versions, by whether they serve", ["outcome"], **own)
        self._methods: dict[str, Histogram] = {}
        self._counted: dict[tuple[str, ...], Counter] = {}
        self._bins = [(self._outcomes.labels(t), self._expected.labels(t), self._correct.labels(t)) for t in TENTHS]

    def answered(self, method: str, status: int, seconds: float) -> None:
        """A request has had its answer, whatever that was."""
        self._one(self._requests, method, str(status)).inc()
        if method not in self._methods:
            self._methods[method] = self._seconds.labels(method)
        self._methods[method].observe(seconds)

    def spoke(self, model: str, source: str) -> None:
        """This model has answered."""
        self._one(self._answers, model, source).inc()

    def waited(self, seconds: float) -> None:
        """A request's turn has come."""
        self._waited.observe(seconds)

    def line(self, length: int) -> None:
        """So many are in line."""
        self._line.set(length)

    def outcome(self, probability: float, correct: bool) -> None:
        """A response that was predicted has come: live calibration is the right ones against the expected."""
        number, expected, right = self._bins[min(int(probability * 10), 9)]
        number.inc()
        expected.inc(probability)
        right.inc(correct)

    def loaded(self, outcome: str) -> None:
        """A model version was looked at: `serves` or `refused`."""
        self._loads.labels(outcome).inc()

    def text(self) -> bytes:
        """Prometheus' text format."""
        if SEVERAL not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def _one(self, counter: Counter, *labels: str) -> Counter:
        key = (counter._name, *labels)
        kept = self._counted.get(key)
        if kept is None:
            kept = self._counted[key] = counter.labels(*labels)
        return kept
