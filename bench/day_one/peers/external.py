"""The peers as methods of the comparison: each fit and prediction is `worker.py` in the peers' own environment."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.day_one.log import Floats, Log
from bench.day_one.method import Method, Unsuitable
from bench.day_one.peers.environment import COMMAND, PYTHON

WORKER = Path(__file__).with_name("worker.py")


class PeersMissing(Unsuitable):
    """The peers' environment is not there; the text says how to make it."""


def work(method: str, folder: Path, seed: int) -> None:
    """Run the worker on a folder. Raises PeersMissing, Unsuitable (the worker's own word), or RuntimeError."""
    if not PYTHON.exists():
        raise PeersMissing(f"no {PYTHON}: make it with `{COMMAND}`")
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [str(PYTHON), str(WORKER), method, str(folder), "--seed", str(seed)]
    done = subprocess.run(command, env={**os.environ, **one_thread}, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        raise Unsuitable(done.stderr.strip())
    if done.returncode:
        raise RuntimeError(f"peer {method} ended with {done.returncode} in {folder}:\n{done.stderr[-4000:]}")


def save(log: Log, path: Path) -> None:
    """What the worker reads of a log."""
    np.savez(path, learner=log.learner, item=log.item, skills=log.skills, correct=log.correct, time=log.time)


@dataclass(frozen=True)
class ExternalFitted:
    """A peer fitted in a folder of its own, which goes when this does."""

    method: str
    seed: int
    kept: tempfile.TemporaryDirectory[str]
    report: dict[str, float | str]
    """fit_s, peak_mb and notes, of the worker's own process; after a prediction predict_s too."""

    def predict(self, query: Log) -> Floats:
        """[N] probability of each row. Raises as `work`."""
        folder = Path(self.kept.name)
        save(query, folder / "query.npz")
        work(self.method, folder, self.seed)
        with np.load(folder / "out.npz") as out:
            self.report.update(predict_s=float(out["predict_s"]), peak_mb=float(out["peak_mb"]))
            return np.asarray(out["probability"], dtype=np.float64)


@dataclass(frozen=True)
class External:
    """A peer by its worker's name."""

    name: str
    trained_on: str = "support"

    def fit(self, support: Log, *, seed: int) -> ExternalFitted:
        """Fit in the peers' environment. Raises as `work`."""
        kept = tempfile.TemporaryDirectory(prefix=f"peer-{self.name}-")
        folder = Path(kept.name)
        save(support, folder / "support.npz")
        work(self.name, folder, seed)
        return ExternalFitted(self.name, seed, kept, json.loads((folder / "fit.json").read_text()))


def _named(name: str) -> Callable[[], Method]:
    return lambda: External(name)


METHODS: dict[str, Callable[[], Method]] = {name: _named(name) for name in ("bkt", "dkt", "akt", "vtirt", "psikt")}
