"""Randomness that depends on where in the training one is, not on how one got there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_everything(*key: int) -> None:
    """Seed torch (every device), numpy and random from a key such as (seed, epoch, step).

    Seeding anew for each step makes resuming exact without storing the state of any generator.
    """
    words = np.random.SeedSequence(key).generate_state(3)
    torch.manual_seed(int(words[0]))
    np.random.seed(int(words[1]))
    random.seed(int(words[2]))


@contextmanager
def own_randomness() -> Iterator[None]:
    """Give the caller's generators back as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
