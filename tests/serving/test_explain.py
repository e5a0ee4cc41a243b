import pytest

from serving import reasons
from serving.bundle import Bundle
from serving.engine import Engine
from serving.prior import PriorModel
from serving.stores.memory import MemoryStore
from serving.types import Candidate, Evidence
from tests.serving.words import DAY, NOW, response, several


def explained(engine: Engine, item: str, now: float = NOW) -> dict[str, Evidence]:
    found = engine.explain(course="c", learner="l", candidate=Candidate(item=item, skills=(item[0],)), now=now)
    assert [abs(each.effect) for each in found] == sorted((abs(each.effect) for each in found), reverse=True)
    return {each.code: each for each in found}


def test_nothing_known_nothing_told() -> None:
    assert explained(Engine(PriorModel(), MemoryStore()), "a1") == {}


def test_each_kind_has_its_figure_and_its_effect() -> None:
    engine = Engine(PriorModel(), MemoryStore())
    engine.observe_many(several("---", "b"))
    engine.observe_many(several("+++-", "a", time=NOW + 300))
    engine.observe_many([response(f"o{n}", "a9", False, learner=f"o{n}") for n in range(30)])
    found = explained(engine, "a4", now=NOW + 480 + 2 * DAY)
    assert found[reasons.OWN_OVERALL].value == pytest.approx(3 / 7)
    assert found[reasons.OWN_SKILL].value == pytest.approx(3 / 4)
    assert found[reasons.OWN_ITEM].value == 0
    assert found[reasons.OTHERS_SKILL].value == 0
    assert found[reasons.TIME_SINCE].value == pytest.approx(2)
    assert reasons.OTHERS_ITEM not in found
    assert found[reasons.OWN_SKILL].effect > 0 > found[reasons.OWN_ITEM].effect
    assert found[reasons.OTHERS_SKILL].effect < 0
    assert found[reasons.TIME_SINCE].effect == 0


def test_the_effect_is_how_the_prediction_changes_without_it(model: Bundle) -> None:
    engine = Engine(model, MemoryStore())
    engine.observe_many(several("++"))
    assert explained(engine, "a9")[reasons.OWN_SKILL].effect == pytest.approx(4.6 / 6 - 2.6 / 4)
