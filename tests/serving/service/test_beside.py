"""A candidate beside the champion: it looks on, it answers, it is sent back."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from serving import bundle
from serving.engine import Asked, Engine
from serving.errors import ModelError
from serving.model import Context, Floats, Observed
from serving.prior import PriorModel
from serving.requests import METHODS
from serving.service import beside
from serving.service.beside import Beside
from serving.stores import Address, Store
from serving.stores.memory import MemoryStore
from serving.types import Feedback
from tests.serving.graphs import make
from tests.serving.service.processes import served
from tests.serving.service.test_application import BODIES
from tests.serving.words import NOW, course, response, several


class Failing(PriorModel):
    """A candidate that begins to fail."""

    name = "failing"
    works = 0

    def observe(self, context: Context, outcome: Floats) -> Observed:
        self.works -= 1
        if self.works < 0:
            raise ModelError("no number")
        return super().observe(context, outcome)


class Other(PriorModel):
    name = "other"


def both(candidate: PriorModel, **how: Any) -> tuple[Beside, Store]:
    store = MemoryStore()
    how = {"share": 1.0} | how
    return Beside(Engine(candidate, store), Engine(PriorModel(), store), **how), store


def learned(store: Store, model: PriorModel, learner: str = "l") -> int:
    return Engine(model, store).mastery(course="c", learner=learner, skills=["a"], now=NOW)[0].responses


def test_a_share_is_of_learners_and_stays_the_same() -> None:
    tenth, all_of_them = both(Other(), share=0.1)[0], both(Other())[0]
    learners = [f"learner-{n}" for n in range(4000)]
    taken = [learner for learner in learners if tenth.takes(learner)]
    assert 320 < len(taken) < 480
    assert taken == [learner for learner in learners if both(Other(), share=0.1)[0].takes(learner)]
    assert all(all_of_them.takes(learner) for learner in learners)
    assert not any(both(Other(), share=0.0)[0].takes(learner) for learner in learners)


def test_a_shadow_sees_what_the_champion_sees_and_is_shown_to_nobody(tmp_path: Path) -> None:
    log = tmp_path / "seen.jsonl"
    shadow, store = both(Other(), log=log)
    told = [shadow.ask("observe", {"response": each}) for each in several("+-+")]
    shadow.ask("observe_many", {"responses": several("++", item="b")})
    shadow.settle()
    assert {each.model for each in told} == {"prior"}
    assert learned(store, Other()) == learned(store, PriorModel()) == 3
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["version"], line["reference"], line["correct"]) for line in lines] == [
        ("other", "prior", True), ("other", "prior", False), ("other", "prior", True),
    ]  # fmt: skip
    assert all(0 < line["probability"] == line["expected"] < 1 for line in lines)
    assert len({line["learner"] for line in lines}) == 1
    assert not any(json.dumps("l") in line or "a-0" in line for line in log.read_text().splitlines())


def test_a_canary_answers_its_share_and_the_champion_loses_nothing() -> None:
    canary, store = both(Other(), answers=True)
    told = []
    for number, each in enumerate(several("+-+")):
        told.append(canary.ask("observe", {"response": each}))
        assert learned(store, PriorModel()) == number + 1, "before it is acknowledged, not some time after"
    canary.settle()
    assert {each.model for each in told} == {"other"}
    assert learned(store, Other()) == learned(store, PriorModel()) == 3


@pytest.mark.parametrize("answers", [False, True])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_both_begin_anew_and_count_once_whatever_waits(answers: bool, share: float) -> None:
    """What waits to be looked on is of before: it must not come back, nor take away what comes after it."""
    beside, store = both(Other(), share=share, answers=answers)
    Engine(Other(), store).observe(response("of an earlier share"))
    gate = threading.Event()
    beside._waiting.put(gate.wait)
    beside.ask("observe_many", {"responses": several("+-+")})
    for _ in range(2):
        beside.ask("retract", {"course": "c", "learner": "l", "id": "again"})
        beside.ask("observe_many", {"responses": several("-")})
    gate.set()
    beside.settle()
    assert learned(store, PriorModel()) == 1
    assert learned(store, Other()) == share
    for engine in (Engine(PriorModel(), store), Engine(Other(), store)):
        at = Address(engine.space, "c", "l")
        wanted = learned(store, engine.model)
        assert store.load(at, ["t", "i:a1", "i:a2"]).counts[:, [0, 4]].tolist() == [[wanted, wanted]] * 2 + [[0, 0]]


@pytest.mark.parametrize("answers", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_the_tutor_can_be_asked(name: str, answers: bool) -> None:
    both_of_them, _ = both(Other(), answers=answers)
    request = msgspec.json.decode(msgspec.json.encode(BODIES[name]), type=METHODS[name])
    both_of_them.ask(name, request.arguments())
    both_of_them.settle()


@pytest.mark.parametrize("answers", [False, True])
def test_of_what_several_did_it_sees_its_share(answers: bool) -> None:
    beside, store = both(Other(), share=0.5, answers=answers)
    learners = [f"l{n}" for n in range(40)]
    beside.ask("observe_many", {"responses": [response(learner=each) for each in learners]})
    asked = [Asked(response("r2", learner=each), course("a1", "a2")) for each in learners]
    told = beside.observe_each(asked)
    beside.settle()
    takes = [beside.takes(each) for each in learners]
    assert 8 < sum(takes) < 32
    models = [each.model for each in told if isinstance(each, Feedback)]
    assert models == ["other" if taken and answers else "prior" for taken in takes]
    assert [learned(store, PriorModel(), each) for each in learners] == [2] * 40
    assert [learned(store, Other(), each) for each in learners] == [2 if taken else 0 for taken in takes]


def test_who_is_forgotten_does_not_come_back_with_what_waited() -> None:
    for answers in (False, True):
        beside, store = both(Other(), answers=answers)
        for each in several("+" * 50):
            beside.ask("observe", {"response": each})
        beside.ask("forget", {"learner": "l"})
        beside.settle()
        assert learned(store, Other()) == learned(store, PriorModel()) == 0


def test_a_canary_that_fails_is_sent_back_and_no_request_fails() -> None:
    model = Failing()
    model.works = 5
    canary, store = both(model, answers=True)
    told = [canary.ask("observe", {"response": each}) for each in several("+-+-+-+-+-")]
    canary.settle()
    assert [each.model for each in told] == ["failing"] * 5 + ["prior"] * 5
    assert not canary.answers
    assert canary.sent_back == "failed 3 times"
    assert learned(store, PriorModel()) == 10


def test_a_canary_that_is_slow_is_sent_back(monkeypatch: pytest.MonkeyPatch) -> None:
    canary, _ = both(Other(), answers=True)
    for times, seconds in zip(canary._times, (0.001, 0.002), strict=True):
        times.extend([seconds] * beside.ENOUGH)
    canary._judge()
    assert canary.answers
    canary._times[1].extend([0.004] * beside.WINDOW)
    canary._judge()
    assert (canary.answers, canary.sent_back) == (False, "too slow")


def test_what_the_background_cannot_hold_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MOST_WAITING", 1)
    shadow, _ = both(Other())
    for each in several("+" * 200):
        shadow.ask("observe", {"response": each})
    shadow.settle()
    assert shadow.dropped > 0


@pytest.mark.parametrize(("more", "model"), [((), "tiny-1"), (("--canary",), "tiny-2")])
def test_as_a_service(bundle_directory: Path, tmp_path: Path, more: tuple[str, ...], model: str) -> None:
    candidate, seen = make(tmp_path, "tiny-2"), tmp_path / "seen.jsonl"
    arguments = ("--bundle", str(bundle_directory), "--candidate", str(candidate), "--share", "1", "--seen", str(seen))
    with served(*arguments, *more) as address, httpx.Client(base_url=address) as client:
        for number in range(5):
            asked = msgspec.to_builtins(response(f"r{number}"))
            assert client.post("/v1/observe", json={"response": asked}).json()["result"]["model"] == model
        assert client.post("/v1/predict", json={"course": "c", "learner": "l", "candidates": []}).status_code == 200
    assert len(seen.read_text().splitlines()) == 5
    assert bundle.load(candidate).name == "tiny-2"
