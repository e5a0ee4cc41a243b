"""One peer's fit and prediction, in the peers' own environment; imports nothing of the project.

    var/peers/.venv/bin/python bench/day_one/peers/worker.py METHOD FOLDER [--seed 0]

METHOD: bkt, dkt, akt, vtirt or psikt. FOLDER holds `support.npz`, then or later also `query.npz`, each with learner
[R], item [R] (-1: none), skills [R, S] (padded with -1), correct [R] and, where known, time [R] (s); learner by learner
in the order of answering.

A first run fits the support and leaves `fitted.pt` and `fit.json`. With a query it writes `out.npz`: probability [R],
fit_s, predict_s (seconds), peak_mb (largest resident memory of the process) and notes (text).
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from models.sequences import Responses

MODULES = {"bkt": "bkt", "dkt": "deep", "akt": "deep", "vtirt": "vtirt", "psikt": "psikt"}


def fit(method: str, support: Responses, seed: int) -> Any:
    """The fitted peer, with `predict(log)` and `notes`. SystemExit(3) where this peer cannot run here."""
    return import_module(f"models.{MODULES[method]}").fit(method, support, seed)


def peak_mb() -> float:
    """Largest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> None:
    """The command of the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("method", choices=MODULES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    random.seed(options.seed)
    np.random.seed(options.seed)  # pyBKT and pyro draw from it
    kept, report = options.folder / "fitted.pt", options.folder / "fit.json"
    if not kept.exists():
        begun = time.perf_counter()
        fitted = fit(options.method, Responses.read(options.folder / "support.npz"), options.seed)
        figures = {"fit_s": time.perf_counter() - begun, "peak_mb": peak_mb(), "notes": "; ".join(fitted.notes)}
        kept.write_bytes(pickle.dumps(fitted))
        report.write_text(json.dumps(figures))
    query = options.folder / "query.npz"
    if query.exists():
        fitted, figures = pickle.loads(kept.read_bytes()), json.loads(report.read_text())
        begun = time.perf_counter()
        probability = fitted.predict(Responses.read(query))
        figures |= {"predict_s": time.perf_counter() - begun, "peak_mb": max(figures["peak_mb"], peak_mb())}
        np.savez(options.folder / "out.npz", probability=probability, **figures)


if __name__ == "__main__":
    main()
