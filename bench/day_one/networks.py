"""The networks that "ours" begins with: meta-trained on other courses than the one that is asked about.

*simulated*: simulated courses only, by the recipe of what ships (`manage.py metaedu_pretrain`). *others* and
*other-platforms*: the same network trained on, on the twelve other courses, or on those of other platforms; simulated
courses stay beside them. Made once and kept in var/day_one/networks.
"""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path

import safetensors.torch
import torch

from bench.day_one import courses, store
from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.meta_training import TrainOptions, train_in_context
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.recipe import RECIPE, simulated, validation
from metaedu_plugin.training.trainer import EpochReport

FOLDER = store.FOLDER.parent / "day_one_networks"
REGIMES = ("simulated", "others", "other-platforms")
FURTHER = TrainOptions(epochs=3, batches=100, rate=1.5e-3, captured_share=0.7, seed=1)
"""Training further on real courses."""


def network(regime: str, course: str) -> tuple[Tracer, float]:
    """The network for a held-out course, and the seconds that its training took (all of it)."""
    kept_out = left_out(regime, course)
    path = FOLDER / f"{regime if regime == 'simulated' else 'without-' + '-'.join(sorted(kept_out))}.safetensors"
    facts = path.with_suffix(".json")
    if not (path.exists() and facts.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        tracer, seconds = _train_simulated(path) if regime == "simulated" else _train_further(course, kept_out, path)
        safetensors.torch.save_file(tracer.state_dict(), path)
        facts.write_text(json.dumps({"seconds": seconds}))
    tracer = Tracer(RECIPE.train.hidden, RECIPE.train.width)
    tracer.load_state_dict(safetensors.torch.load_file(path))
    return tracer.eval(), float(json.loads(facts.read_text())["seconds"])


def left_out(regime: str, course: str) -> set[str]:
    """Courses that a network of this regime must not have seen."""
    if regime == "simulated":
        return set(courses.NAMES)
    same = {name for name, platform in courses.PLATFORMS.items() if platform == courses.PLATFORMS[course]}
    return same if regime == "other-platforms" else {course}


@cache
def real(name: str) -> CourseData:
    """A course with all its learners."""
    return courses.to_course(courses.load(name))


@cache
def ready(name: str) -> Course:
    """The same, ready for episodes."""
    return Course(real(name))


def _train_simulated(path: Path) -> tuple[Tracer, float]:
    began = time.perf_counter()
    tracer = train_in_context(
        simulated(RECIPE), validation(), RECIPE.train, checkpoint=path.with_suffix(".checkpoint"), on_epoch=_tell
    )
    return tracer, time.perf_counter() - began


def _tell(report: EpochReport) -> None:
    print(f"  epoch {report.epoch}/{report.epochs}: {report.train_loss:.4f} {report.test_loss:.4f}", flush=True)


def _train_further(course: str, kept_out: set[str], path: Path) -> tuple[Tracer, float]:
    start, before = network("simulated", course)
    captured = [real(name) for name in courses.NAMES if name not in kept_out]
    began = time.perf_counter()
    tracer = train_in_context(
        lambda epoch: [*captured, *simulated(RECIPE)(1000 + epoch)],
        captured,
        FURTHER,
        checkpoint=path.with_suffix(".checkpoint"),
        start=start.state_dict(),
        on_epoch=_tell,
    )
    return tracer, before + time.perf_counter() - began


def threads(number: int = 1) -> None:
    """These matrices are too small to share."""
    torch.set_num_threads(number)
