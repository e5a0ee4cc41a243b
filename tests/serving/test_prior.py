import numpy as np
import pytest

from serving.bundle.checks import empty_context
from serving.model import Context
from serving.prior import RATE, PriorModel

MODEL = PriorModel()
EMPTY = empty_context(MODEL.dims, 1, 1)


def changed(**arrays: list) -> Context:
    return EMPTY._replace(**{name: np.array(array, np.float32) for name, array in arrays.items()})


def chance(context: Context) -> float:
    return float(MODEL.predict(context)[0][0])


def test_knows_nothing_says_the_base_rate_and_little_confidence() -> None:
    probability, concentration = MODEL.predict(EMPTY)
    assert probability[0] == pytest.approx(RATE)
    assert concentration[0] == 4


def test_rates_shrink_from_item_to_skill_to_course() -> None:
    course = chance(changed(course_total=[[1000, 300, 0, 0, 90]]))
    skill = chance(changed(course_total=[[1000, 300, 0, 0, 90]], course_skills=[[[60, 50, 40, 40, 30]]]))
    item = chance(
        changed(
            course_total=[[1000, 300, 0, 0, 90]],
            course_skills=[[[60, 50, 40, 40, 30]]],
            course_item=[[30, 4, 20, 1, 30]],
        )
    )
    few = chance(
        changed(
            course_total=[[1000, 300, 0, 0, 90]], course_skills=[[[60, 50, 40, 40, 30]]], course_item=[[1, 0, 0, 0, 1]]
        )
    )
    assert course == pytest.approx(0.3, abs=0.02)
    assert skill == pytest.approx(0.85, abs=0.03)
    assert item == pytest.approx(0.17, abs=0.03)
    assert item < few < skill


def test_own_record_moves_the_chance_and_adds_confidence() -> None:
    right = changed(learner=[[5, 5, 0, 0]], skills=[[[3, 3, 2, 2]]])
    wrong = changed(learner=[[5, 0, 0, 0]], skills=[[[3, 0, 2, 0]]])
    assert chance(wrong) < chance(EMPTY) < chance(right)
    assert MODEL.predict(right)[1][0] > MODEL.predict(EMPTY)[1][0]


def test_observe_counts_and_leaves_masked_skills_alone() -> None:
    context = empty_context(MODEL.dims, 1, 2)._replace(skill_mask=np.array([[1, 0]], np.float32))
    right, wrong = np.array([[1, 1, 0, -1, 1]], np.float32), np.array([[0, 0, 0, -1, 2]], np.float32)
    after = MODEL.observe(context, right)
    assert after.learner.tolist() == after.item.tolist() == [[1, 1, 0, 0]]
    assert after.skills.tolist() == [[[1, 1, 0, 0], [0] * 4]]
    context = context._replace(learner=after.learner, skills=after.skills, item=after.item)
    again = MODEL.observe(context, wrong)
    assert again.learner.tolist() == again.item.tolist() == [[1, 1, 1, 0]]
    assert again.skills.tolist() == [[[1, 1, 1, 0], [0] * 4]]


def test_observe_tells_what_predict_would_have_told() -> None:
    context = changed(learner=[[5, 4, 1, 0]], skills=[[[3, 1, 2, 1]]], item=[[1, 0, 0, 0]])
    after = MODEL.observe(context, np.array([[1, 1, 0, -1, 1]], np.float32))
    told = MODEL.predict(context)
    assert (after.probability.tolist(), after.concentration.tolist()) == (told[0].tolist(), told[1].tolist())
