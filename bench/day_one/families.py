"""The other families of meta-learners on the default's network and inputs: the way of adapting is what is compared.

The network's body, its closed-form features and its recurrent state, stays as it is. What adapts to a course is the
head that reads them: by gradient (MAML, ANIL, Reptile), or with the head's body as an embedding, by class means
(prototypical) or least squares (ridge), on top of the network's own logit. All are `metaedu_plugin.training.meta`,
meta-trained over the courses that the network was trained on (`families_tasks`) and kept beside it. That is done where
first needed, which would count as adaptation, so beforehand:

    python -m bench.day_one.families [--courses cs_exam,...]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from bench.day_one import courses, networks
from bench.day_one.families_heads import SETUPS, Head, on_top
from bench.day_one.families_tasks import draw_rows, draw_tasks, read
from bench.day_one.log import Floats, Log
from bench.day_one.ours import rows_of
from metaedu_plugin.training.course import Course, CourseCounts
from metaedu_plugin.training.meta import Examples, MetaLearner, Tasks, create
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.recipe import RECIPE, simulated

REGIMES = ("simulated", "others")
STEPS, BATCH, TASKS = 250, 8, 240
"""Steps of meta-training, tasks of each, and how many tasks there are in all."""
_EPOCH = 2000
"""Simulated courses that the network's own training has not had."""


class Trained(NamedTuple):
    """A meta-learner, the network whose head it adapts, and the seconds that both took."""

    learner: MetaLearner[Any]
    tracer: Tracer
    seconds: float


def untrained(name: str, tracer: Tracer, *, seed: int = 0) -> MetaLearner[Any]:
    """The family before meta-training."""
    setup = SETUPS[name]
    torch.manual_seed(seed)
    return create(name, setup.network(tracer), setup.loss(), **setup.options())


def meta_train(name: str, tracer: Tracer, pool: Tasks, *, steps: int = STEPS, seed: int = 0) -> MetaLearner[Any]:
    """Meta-train over batches of these tasks; the same seed gives the same learner."""
    learner, setup = untrained(name, tracer, seed=seed), SETUPS[name]
    optimizer = setup.optimizer(learner.parameters(), lr=setup.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        loss = learner.training_step(_suited(name, pool, torch.randint(len(pool), (BATCH,)))).loss
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return learner.eval()


def _suited(name: str, pool: Tasks, at: Tensor) -> Tasks:
    """Some of the tasks, with the targets that the family takes."""
    support, query = (Examples(*(part[at] for part in side)) for side in (pool.support, pool.query))
    support_y = support.y[..., 0] if SETUPS[name].classes else support.y
    query_y = query.y[..., 0] if SETUPS[name].network is Head else query.y
    return Tasks(support.x, support_y, query.x, query_y, support.mask, query.mask)


@lru_cache(1)
def tasks(regime: str, left_out: frozenset[str]) -> tuple[Tasks, float]:
    """What the families of a regime are trained on, and the seconds (of CPU) that it takes; all of them share it."""
    began = time.process_time()
    tracer, _ = networks.network(regime, min(left_out))
    real = [networks.ready(name) for name in courses.NAMES if name not in left_out]
    made = [Course(course) for course in simulated(RECIPE)(_EPOCH)]
    pool = draw_tasks(tracer, made, real, count=TASKS, rng=np.random.default_rng(0))
    return pool, time.process_time() - began


@lru_cache(len(REGIMES) * len(SETUPS))
def trained(name: str, regime: str, course: str) -> Trained:
    """The family's learner for a held-out course: made once, and kept in var/day_one_networks/families."""
    left_out = frozenset(networks.left_out(regime, course))
    tracer, before = networks.network(regime, course)
    stem = f"{name}-{regime}" if regime == "simulated" else f"{name}-without-{'-'.join(sorted(left_out))}"
    path = networks.FOLDER / "families" / f"{stem}.safetensors"
    facts = path.with_suffix(".json")
    if not (path.exists() and facts.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        pool, drawing = tasks(regime, left_out)
        began = time.process_time()
        made = meta_train(name, tracer, pool)
        safetensors.torch.save_file(made.state_dict(), path)
        facts.write_text(json.dumps({"seconds": drawing + time.process_time() - began}))
    learner = untrained(name, tracer)
    learner.load_state_dict(safetensors.torch.load_file(path))
    return Trained(learner.eval(), tracer, before + float(json.loads(facts.read_text())["seconds"]))


class Adapted:
    """A learner that has adapted to a course, and what the course's support counted."""

    def __init__(self, name: str, trained: Trained, course: Course, counts: CourseCounts, adapted: Any) -> None:
        self.name, self.trained, self.course, self.counts, self.adapted = name, trained, course, counts, adapted

    @torch.no_grad()
    def predict(self, query: Log) -> Floats:
        """[N] probability of each row."""
        learner, tracer, _ = self.trained
        told: dict[int, Floats] = {}
        learners = rows_of(self.course, query)
        for some, inputs, own in read(tracer, self.course, learners, self.counts):
            outputs = learner.predict(self.adapted, inputs.flatten(0, 1)).unflatten(0, own.shape)
            logit = outputs if SETUPS[self.name].network is Head else on_top(outputs, own)
            chance = torch.sigmoid(logit.double()).numpy()
            told |= {int(n): chance[row, : self.course.lengths[n]] for row, n in enumerate(some)}
        return np.concatenate([np.empty(0), *(told[int(learner)] for learner in learners)])


class Family:
    """A family of meta-learners whose head adapts to the support once."""

    needs_support = False

    def __init__(
        self,
        family: str,
        regime: str,
        *,
        learner: Callable[[str, str, str], Trained] = trained,
        full: Callable[[str], Course] = networks.ready,
    ) -> None:
        """`learner` of a family, a regime and a held-out course adapts; `full` is the course with everybody in it."""
        self.family, self.trained_on, self.name = family, regime, f"ours-{family}"
        self.learner, self.full = learner, full
        self.fit_s = float("nan")

    def fit(self, support: Log, *, seed: int) -> Adapted:
        """Adapt to at most 256 rows of the support."""
        networks.threads()
        trained = self.learner(self.family, self.trained_on, support.name)
        self.fit_s = trained.seconds
        course = self.full(support.name)
        learners = rows_of(course, support)
        counts = course.counts(learners)
        x, y, mask = draw_rows(trained.tracer, course, learners, counts, np.random.default_rng(seed), own_out=True)
        with torch.no_grad():
            adapted = trained.learner.adapt(Examples(x, y[:, 0] if SETUPS[self.family].classes else y, mask))
        return Adapted(self.family, trained, course, counts, adapted)


METHODS = {
    f"ours-{family}@{regime}": lambda family=family, regime=regime: Family(family, regime)
    for regime in REGIMES
    for family in SETUPS
}


def main() -> None:
    """Meta-train what is missing."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--courses", default=",".join(courses.NAMES))
    networks.threads()
    for course in options.parse_args().courses.split(","):
        for regime in REGIMES:
            for family in SETUPS:
                print(f"{course} {family}@{regime}: {trained(family, regime, course).seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
