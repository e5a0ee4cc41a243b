"""The peers through their npz interface, where their environment has been made."""

from __future__ import annotations

import numpy as np
import pytest

from bench.day_one.log import Log
from bench.day_one.peers import environment, external

LEARNERS, TURNS = 40, 12


def simulated(seed: int) -> Log:
    """Learners who get skill 0 right nearly always, skill 1 nearly never; skill 2 only where asked for."""
    rng = np.random.default_rng(seed)
    learner = np.repeat(np.arange(LEARNERS), TURNS)
    skill = rng.integers(0, 2, len(learner))
    correct = (rng.random(len(learner)) < np.where(skill == 0, 0.9, 0.15)).astype(float)
    ones = np.ones(len(learner))
    return Log(
        name="simulated",
        platform="none",
        learner=learner,
        item=skill + 10,
        skills=skill[:, None],
        correct=correct,
        score=correct,
        hints=0 * ones,
        seconds=ones,
        attempt=ones,
        time=np.arange(len(learner), dtype=float),
    )


@pytest.fixture(autouse=True)
def made() -> None:
    """Skips where there is no environment of the peers."""
    if not environment.PYTHON.exists():
        pytest.skip(f"no environment of the peers: {environment.COMMAND}")


def test_bkt_tells_skills_apart_and_takes_an_unknown_one() -> None:
    query = simulated(1)
    query.skills[-1], query.item[-1] = 7, 77
    fitted = external.External("bkt").fit(simulated(0), seed=0)
    probability = fitted.predict(query)
    known = query.skills[:-1, 0]
    assert probability[:-1][known == 0].mean() > 0.75
    assert probability[:-1][known == 1].mean() < 0.35
    assert 0 < probability[-1] < 1
    assert fitted.report["peak_mb"] > 0


def test_predictions_look_at_no_later_answer_and_repeat() -> None:
    support, query = simulated(0), simulated(1)
    fitted = external.External("bkt").fit(support, seed=0)
    before = fitted.predict(query)
    query.correct[TURNS - 1 :: TURNS] = 1 - query.correct[TURNS - 1 :: TURNS]
    np.testing.assert_array_equal(before, fitted.predict(query))
    np.testing.assert_array_equal(before, external.External("bkt").fit(support, seed=0).predict(simulated(1)))


def test_a_failed_worker_is_told(tmp_path) -> None:
    np.savez(tmp_path / "support.npz", learner=np.zeros(3, int))
    with pytest.raises(RuntimeError, match=r"KeyError|skills"):
        external.work("bkt", tmp_path, 0)
