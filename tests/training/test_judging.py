"""The gate's question covers every course that a champion serves, also those that a run left out."""

import numpy as np
import pytest

from metaedu_plugin.training import dataset
from metaedu_plugin.training.evaluation.bands import Predicted
from metaedu_plugin.training.evaluation.evaluate import Predictions
from metaedu_plugin.training.judging import OURS, PRIOR, compare
from metaedu_plugin.training.material import gather
from metaedu_plugin.training.options import parse
from tests.training.courses import rasch, store


def told(learners: list[str], ours: float, theirs: float) -> Predictions:
    size = len(learners)
    right = np.ones(size)

    def says(chance: float) -> Predicted:
        return Predicted(np.arange(size), np.zeros(size, np.int64), right, np.full(size, chance))

    return Predictions(methods={OURS: says(ours), PRIOR: says(theirs)}, learners=learners)


def test_losses_are_summed_over_courses_learner_by_learner():
    here, elsewhere = told(["a", "b"], 0.9, 0.5), told(["b", "c"], 0.2, 0.5)
    comparison = compare([here, elsewhere], PRIOR, reference_name=PRIOR, cost={})
    assert comparison.learners == ("a", "b", "c")
    (a, na), (b, nb), (c, nc) = comparison.candidate
    assert (na, nb, nc) == (1, 2, 1)
    assert [a, b, c] == pytest.approx([-np.log(0.9), -np.log(0.9) - np.log(0.2), -np.log(0.2)])
    assert sum(loss for loss, _ in comparison.candidate) > sum(loss for loss, _ in comparison.reference)


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_a_run_on_one_course_is_held_against_the_others_too():
    store(rasch(learners=40, key="one"))
    store(rasch(learners=40, key="other", seed=1))
    dataset.refresh()
    material = gather(parse({"courses": ["one"], "simulated": 0, "simulated_unseen": 0}))
    assert [course.key for course in material.known] == ["one"]
    ((known, held_out),) = material.elsewhere
    assert known.key == held_out.key == "other"
    assert not {s.learner for s in known.sequences} & {s.learner for s in held_out.sequences}
    assert gather(parse({"simulated": 0, "simulated_unseen": 0})).elsewhere == []
