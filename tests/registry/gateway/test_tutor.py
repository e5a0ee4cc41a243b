from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from metaedu_plugin.registry import api, gateway
from metaedu_plugin.registry.models import ModelVersion
from serving.errors import ServingUnavailable, StoreError
from serving.types import Candidate, CourseMap, Policy, Response
from tests.registry.bundles import SHIPPED
from tests.registry.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = (Candidate(item="i1", skills=("s",)), Candidate(item="i2", skills=("s",)))
MAP = CourseMap(candidates=ITEMS)


def answer(key: str = "r1", learner: str = "l") -> Response:
    return Response(id=key, course="c", learner=learner, item="i1", skills=("s",), correct=True, score=1.0, time=100.0)


def probability() -> float:
    (one,) = api.tutor().predict(course="c", learner="l", candidates=ITEMS[:1], now=200.0)
    return round(one.probability, 3)


def serving_now() -> tuple[str, str]:
    answered = api.tutor().next(course="c", learner="l", course_map=MAP, now=200.0)
    return answered.model, answered.source


def eventually(wanted: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while serving_now() != wanted:
        assert time.monotonic() < end, serving_now()
        time.sleep(0.02)


def test_without_a_champion_the_shipped_model_learns_from_what_it_sees(data_dir: Path) -> None:
    before = probability()
    feedback = api.tutor().observe(answer(), course_map=MAP)
    assert (feedback.model, feedback.source) == SHIPPED
    assert probability() > before
    assert api.tutor().observe_many([answer(), answer("r2")]) == 1
    assert api.status().fallbacks == 0
    gateway.reset()
    (mastery,) = api.tutor().mastery(course="c", learner="l", skills=["s"], now=200.0)
    assert mastery.responses == 2


def test_a_course_may_say_from_when_a_skill_counts_as_mastered(data_dir: Path) -> None:
    api.tutor().observe_many([answer(f"r{number}") for number in range(4)])
    for mastered, status in ((0.1, "mastered"), (0.999, "learning")):
        asked = {"course": "c", "skills": ["s"], "now": 200.0, "policy": Policy(mastered=mastered)}
        assert api.tutor().mastery(learner="l", **asked)[0].status == status
        assert api.tutor().mastery_many(learners=["l"], **asked)[0][0].status == status


def test_a_promotion_serves_at_once_in_the_process_that_promoted(registered: Registered) -> None:
    registered("v1", probability=0.6)
    assert serving_now() == SHIPPED
    api.promote(version="v1", by="op", reason="first")
    assert serving_now() == ("v1", "model")
    assert probability() == 0.6
    registered("v2", probability=0.8)
    api.promote(version="v2", by="op", reason="next")
    assert probability() == 0.8
    api.rollback(by="op", reason="bad")
    assert (serving_now(), probability()) == (("v1", "model"), 0.6)


def test_a_promotion_elsewhere_is_noticed_without_a_restart(registered: Registered) -> None:
    for name in ("v1", "v2"):
        registered(name)
    api.promote(version="v1", by="op", reason="first")
    assert serving_now() == ("v1", "model")
    ModelVersion.objects.filter(name="v1").update(seat=None, role="retired")
    ModelVersion.objects.filter(name="v2").update(seat=1, role="champion")
    eventually(("v2", "model"))
    ModelVersion.objects.update(seat=None, role="retired")
    eventually(SHIPPED)


def test_looking_for_a_champion_costs_one_look_in_seconds(
    registered: Registered, settings, django_assert_num_queries
) -> None:
    settings.METAEDU_CHAMPION_CHECK_SECONDS = 60
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    serving_now()
    with django_assert_num_queries(0):
        serving_now()


def test_a_champion_that_broke_after_registration_gives_way_to_the_shipped_model(
    registered: Registered, data_dir: Path
) -> None:
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    (data_dir / "models/v1/predict/1/model.onnx").write_bytes(b"broken")
    gateway.reset()
    assert serving_now() == SHIPPED
    status = api.status()
    assert (status.model, status.source) == SHIPPED
    assert "v1 does not load" in status.load_error
    assert "sha256" in status.load_error


def test_where_the_shipped_model_does_not_load_the_prior_answers(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.bundle.loading.SHIPPED", tmp_path / "not-there")
    assert serving_now() == ("prior", "prior")
    status = api.status()
    assert (status.source, status.model, status.fallbacks) == ("prior", None, 0)
    assert "shipped model does not load" in status.load_error
    assert "not-there" in status.load_error


def test_what_fails_in_the_shipped_model_is_answered_by_the_prior(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert serving_now() == SHIPPED

    def failing(*_: object) -> None:
        raise RuntimeError("ONNX Runtime gave up")

    monkeypatch.setattr("serving.graphs.GraphModel._run", failing)
    assert serving_now() == ("prior", "prior")
    assert api.tutor().observe(answer(), course_map=MAP).source == "prior"
    assert "ONNX Runtime gave up" in api.status().last_error
    assert api.status().fallbacks == 2


def test_a_champion_is_served_without_the_shipped_model_being_loaded(
    registered: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.bundle.shipped", lambda: pytest.fail("loaded"))
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    assert serving_now() == ("v1", "model")
    assert (api.status().source, api.status().model) == ("process", "v1")


def test_the_one_before_goes_on_while_the_new_champion_does_not_load(registered: Registered, data_dir: Path) -> None:
    for name in ("v1", "v2"):
        registered(name)
    api.promote(version="v1", by="op", reason="first")
    assert serving_now() == ("v1", "model")
    (data_dir / "models/v2/manifest.json").unlink()
    ModelVersion.objects.filter(name="v1").update(seat=None, role="retired")
    ModelVersion.objects.filter(name="v2").update(seat=1, role="champion")
    time.sleep(0.3)
    assert serving_now() == ("v1", "model")
    status = api.status()
    assert status.model == "v1"
    assert "v2 does not load" in status.load_error


def test_a_store_that_breaks_is_survived_counted_and_logged_once(
    registered: Registered, settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    settings.METAEDU_STORE = "redis://127.0.0.1:6391/0"
    start = time.monotonic()
    for number in range(20):
        assert api.tutor().observe(answer(f"r{number}"), course_map=MAP).source == "prior"
    assert time.monotonic() - start < 5
    assert serving_now() == ("prior", "prior")
    status = api.status()
    assert status.fallbacks == 21
    assert status.cooling
    assert status.last_error
    assert len([line for line in caplog.messages if "prior answers instead" in line]) == 1
    with pytest.raises(StoreError):
        api.tutor().forget(learner="l")
    start = time.monotonic()
    for _ in range(20):
        with pytest.raises(ServingUnavailable, match="left alone"):
            api.tutor().retract(course="c", learner="l", id="again")
    assert time.monotonic() - start < 0.2


def test_what_one_could_not_take_back_the_one_who_answers_has_not_either(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.tutor().observe(answer(), course_map=MAP)
    store = gateway.parts.store_url()
    monkeypatch.setattr(gateway.parts, "store_url", lambda: "redis://127.0.0.1:1/0")
    with pytest.raises(StoreError):
        api.tutor().retract(course="c", learner="l", id="again")
    assert api.tutor().mastery(course="c", learner="l", skills=["s"], now=200.0)[0].responses == 1
    monkeypatch.setattr(gateway.parts, "store_url", lambda: store)
    api.tutor().retract(course="c", learner="l", id="again")
    assert api.tutor().mastery(course="c", learner="l", skills=["s"], now=200.0)[0].responses == 0


def test_what_is_retracted_is_gone_from_the_store_once(data_dir: Path) -> None:
    for _ in range(2):
        api.tutor().observe(answer(), course_map=MAP)
        api.tutor().retract(course="c", learner="l", id="again")
    (mastery,) = api.tutor().mastery(course="c", learner="l", skills=["s"], now=200.0)
    assert mastery.responses == 1
    api.tutor().retract(course="c", learner="l", id="another")
    (mastery,) = api.tutor().mastery(course="c", learner="l", skills=["s"], now=200.0)
    assert mastery.responses == 0


def test_forgetting_reaches_the_store_without_a_champion(data_dir: Path) -> None:
    api.tutor().observe(answer(), course_map=MAP)
    api.tutor().forget(learner="l")
    (mastery,) = api.tutor().mastery(course="c", learner="l", skills=["s"], now=200.0)
    assert mastery.responses == 0


def test_a_missing_table_leaves_the_transaction_of_the_page_whole(data_dir: Path) -> None:
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE metaedu_registry_modelversion RENAME TO elsewhere")
    try:
        with transaction.atomic():
            assert serving_now() == SHIPPED
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        assert "cannot be looked up" in api.status().load_error
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE elsewhere RENAME TO metaedu_registry_modelversion")


def test_threads_share_one_engine_through_promotions(registered: Registered) -> None:
    for name in ("v1", "v2", "v3"):
        registered(name)
    problems: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                model, _ = serving_now()
                if model not in {SHIPPED[0], "v1", "v2", "v3"}:
                    problems.append(model)
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for name in ("v1", "v2", "v3"):
            api.promote(version=name, by="op", reason="next")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert problems == []
    eventually(("v3", "model"))
    assert api.status().fallbacks == 0


def test_a_child_forked_while_a_thread_takes_up_the_gateway_is_not_kept_waiting() -> None:
    with gateway._lock:
        child = os.fork()
        if not child:
            os._exit(0 if gateway._lock.acquire(timeout=5) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
