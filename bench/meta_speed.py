"""How fast meta-learning is: `python -m bench.meta_speed` writes results/meta_speed.json.

It is compared with `higher` (github.com/facebookresearch/higher), which is put into var/peers-higher for that and is no
part of the project, with a plain loop, and in serving with PyTorch. All sides of a comparison run on one thread, in
this one run, turn by turn, and must give the same numbers. What is measured is processor time, which on one thread is
the time it takes, less what others take of a shared machine.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import onnxruntime as ort
import torch
from torch import Tensor, nn
from torch.func import functional_call

from metaedu_plugin.training.export_adaptation import export_adaptation
from metaedu_plugin.training.losses import MeanSquaredError
from metaedu_plugin.training.meta import Examples, Tasks
from metaedu_plugin.training.meta.inner import SGD
from metaedu_plugin.training.meta.maml import MAML

RESULTS = Path(__file__).parent / "results" / "meta_speed.json"
PEERS = Path(__file__).resolve().parents[1] / "var" / "peers-higher"
COMMAND = "python -m bench.meta_speed"
TASKS, STEPS, RATE = 32, 5, 0.01
ROWS, QUERIES, FEATURES = 32, 50, 8
SETTINGS = {"sinusoids of Finn et al. 2017: 10 rows, 1-40-40-1": (10, 1, 40), "32 rows, 8-64-64-1": (32, 8, 64)}
"""Support and query rows of a task, features, and width of the two hidden layers."""
TURNS = 30
HIGHER_MARK, ONNX_MARK = 10.0, 10.0
"""How many times faster each is to be."""


def network(features: int = FEATURES, width: int = 64) -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
    return nn.Sequential(*layers)


def looped_loss(module: nn.Module, tasks: Tasks) -> Tensor:
    """MAML as one writes it without `torch.func.vmap`: task after task, `autograd.grad` for each inner step."""
    losses = []
    for x, y, query_x, query_y in zip(tasks.support_x, tasks.support_y, tasks.query_x, tasks.query_y, strict=True):
        phi: dict[str, Tensor] = dict(module.named_parameters())
        for _ in range(STEPS):
            loss = nn.functional.mse_loss(functional_call(module, phi, (x,)).squeeze(-1), y)
            grads = torch.autograd.grad(loss, list(phi.values()), create_graph=True)
            phi = {name: value - RATE * grad for (name, value), grad in zip(phi.items(), grads, strict=True)}
        losses.append(nn.functional.mse_loss(functional_call(module, phi, (query_x,)).squeeze(-1), query_y))
    return torch.stack(losses).mean()


def higher() -> Any:
    """The library of that name: pure Python that needs only torch, so it runs on the torch that is here."""
    if not (PEERS / "higher").exists():
        install = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(PEERS),
            "higher==0.2.1",
        ]
        subprocess.run(install, check=True)
    sys.path.append(str(PEERS))
    return importlib.import_module("higher")


def higher_loss(library: Any, module: nn.Module, tasks: Tasks) -> Tensor:
    """MAML as the documentation of `higher` writes it."""
    optimizer, losses = torch.optim.SGD(module.parameters(), lr=RATE), []
    for x, y, query_x, query_y in zip(tasks.support_x, tasks.support_y, tasks.query_x, tasks.query_y, strict=True):
        with library.innerloop_ctx(module, optimizer, copy_initial_weights=False) as (fast, inner):
            for _ in range(STEPS):
                inner.step(nn.functional.mse_loss(fast(x).squeeze(-1), y))
            losses.append(nn.functional.mse_loss(fast(query_x).squeeze(-1), query_y))
    return torch.stack(losses).mean()


def turn_by_turn(*works: Callable[[], object], times_a_turn: int = 1) -> list[float]:
    """Median milliseconds of each, measured in turn so that a busy moment of the machine meets them all.

    What takes less than a millisecond is done several times a turn, since the first time finds the caches cold.
    """
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(TURNS + 3):
        for work, times in zip(works, taken, strict=True):
            began = time.process_time()
            for _ in range(times_a_turn):
                work()
            if turn >= 3:
                times.append((time.process_time() - began) * 1000 / times_a_turn)
    return [median(times) for times in taken]


def outer_steps(library: Any, rows: int, features: int, width: int) -> list[float]:
    """Milliseconds of loss and gradient over all tasks at once, in a loop, and by `higher`."""
    x, query_x = torch.randn(2, TASKS, rows, features)
    y, query_y = torch.randn(2, TASKS, rows)
    tasks, networks = Tasks(x, y, query_x, query_y), [network(features, width) for _ in range(3)]
    learner = MAML(networks[0], MeanSquaredError(), steps=STEPS, inner=SGD(RATE), vectorized=True)
    losses: list[Callable[[], Tensor]] = [
        lambda: learner.loss(tasks),
        lambda: looped_loss(networks[1], tasks),
        lambda: higher_loss(library, networks[2], tasks),
    ]

    def step(module: nn.Module, loss: Callable[[], Tensor]) -> None:
        module.zero_grad()
        torch.autograd.backward(loss())

    milliseconds = turn_by_turn(*(partial(step, *pair) for pair in zip(networks, losses, strict=True)))
    for ours, *theirs in zip(*(module.parameters() for module in networks), strict=True):
        for other in theirs:
            torch.testing.assert_close(ours.grad, other.grad, rtol=1e-4, atol=1e-6)
    return milliseconds


def adaptations() -> tuple[float, float]:
    """Milliseconds of adapting to one support and predicting, in ONNX Runtime and in PyTorch."""
    learner = MAML(network(), MeanSquaredError(), steps=STEPS, inner=SGD(RATE)).eval()
    x, y, queries = torch.randn(ROWS, FEATURES), torch.randn(ROWS), torch.randn(QUERIES, FEATURES)
    with tempfile.TemporaryDirectory() as folder:
        path = export_adaptation(learner, Path(folder) / "adapt.onnx", support=(x, y), queries=queries)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {"support_x": x.numpy(), "support_y": y.numpy(), "query_x": queries.numpy()}

    def in_torch() -> Tensor:
        with torch.no_grad():
            return learner.adapt_and_predict(Examples.of(x, y), queries)

    milliseconds = turn_by_turn(lambda: session.run(None, feed), in_torch, times_a_turn=10)
    torch.testing.assert_close(torch.from_numpy(session.run(None, feed)[0]), in_torch(), rtol=1e-5, atol=1e-5)
    return milliseconds[0], milliseconds[1]


def main() -> None:
    torch.set_num_threads(1)
    busy = f"{os.cpu_count()} cores, one used, load {os.getloadavg()[0]:.1f} before"
    machine = f"{platform.system()} {platform.machine()}, {busy}, torch {torch.__version__}, ORT {ort.__version__}"
    rows: list[tuple[str, float, str, float | None, str | None]] = []
    library = higher()
    for setting, sizes in SETTINGS.items():
        vmap, loop, rival = outer_steps(library, *sizes)
        what = f"MAML outer step, {TASKS} tasks x {STEPS} inner steps ({setting})"
        rows += [
            (f"{what}: all tasks at once by vmap", vmap, "ms", None, None),
            (f"{what}: looping over tasks", loop, "ms", None, None),
            (f"{what}: higher", rival, "ms", None, None),
            (f"{what}: vmap against loop", loop / vmap, "times faster", None, "looping over tasks in plain autograd"),
            (f"{what}: vmap against higher", rival / vmap, "times faster", HIGHER_MARK, "higher 0.2.1"),
        ]
    onnx, pytorch = adaptations()
    what = f"MAML adaptation, {STEPS} steps on {ROWS} rows, and {QUERIES} predictions (8-64-64-1)"
    rows += [
        (f"{what}: ONNX Runtime", onnx, "ms", None, None),
        (f"{what}: PyTorch", pytorch, "ms", None, None),
        (
            f"{what}: ONNX Runtime against PyTorch",
            pytorch / onnx,
            "times faster",
            ONNX_MARK,
            "PyTorch",
        ),
    ]
    figures = [
        {
            "figure": figure,
            "value": round(value, 3),
            "unit": unit,
            "mark": mark,
            "met": None if mark is None else value >= mark,
            "compared_to": compared,
            "command": COMMAND,
            "measured_on": machine,
        }
        for figure, value, unit, mark, compared in rows
    ]
    for figure in figures:
        print(f"{figure['figure']:115} {figure['value']:9.3f} {figure['unit']}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
