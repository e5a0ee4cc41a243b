from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture import spool
from metaedu_plugin.capture.models import DeadLetter
from metaedu_plugin.capture.receive import Losses
from metaedu_plugin.curriculum.models import Course
from metaedu_plugin.registry import api, gateway, words
from metaedu_plugin.registry.models import TrainingRun
from tests.capture.payloads import check
from tests.registry.bundles import SHIPPED
from tests.registry.comparisons import draw
from tests.registry.conftest import Registered

PAGE = "/metaedu/operator/"
STATUS = "/metaedu/api/v1/operator/status"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(data_dir: Path, client_of) -> Client:
    return client_of("op", operates=True)


def page(client: Client) -> str:
    reply = client.get(PAGE)
    assert reply.status_code == 200
    return re.sub(r"\s+", " ", reply.content.decode())


def act(client: Client, name: str, **fields: str) -> str:
    reply = client.post(f"{PAGE}{name}/", fields, follow=True)
    assert reply.redirect_chain == [(PAGE, 302)], reply.content.decode()
    return reply.content.decode()


def test_a_fresh_install_says_what_is_missing(client: Client) -> None:
    text = page(client)
    assert "On, nothing captured yet" in text
    assert f"Serving {SHIPPED[0]}, the shipped model; no version was promoted here yet" in text
    assert "the shipped model, in this process" in text
    assert "Never trained" in text


def test_a_loss_that_is_over_is_told_and_is_no_alarm(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, before in (("count", 0), ("failing", False), ("last", None)):
        monkeypatch.setattr(Losses, name, before)
    place = Path(settings.METAEDU_DATA_DIR) / "spool"
    assert '<dd data-live="capture.loss">none</dd>' in page(client)

    place.write_text("a file where the folder should be")
    spool.writer.reset()
    for number in range(2):
        capture.receive(event=check(at=number))
    lost = "2 events were lost, the last "
    assert "Events are lost" in (text := page(client))
    assert lost in text

    place.unlink()
    capture.receive(event=check(at=2))
    assert "Events are lost" in page(client)  # only just over

    monkeypatch.setattr(Losses, "last", timezone.now() - timedelta(hours=2))
    text = page(client)
    assert "Events are lost" not in text
    assert lost in text

    monkeypatch.setattr(Losses, "failing", True)  # long ago, and nothing was written since
    assert "Events are lost" in page(client)


def test_no_script_or_style_stands_in_the_page(client: Client, registered: Registered) -> None:
    registered("v1")
    text = page(client)
    assert " style=" not in text
    assert " on" + "click=" not in text
    assert re.findall(r"<script(?![^>]* src=)", text) == []


def test_champion_metrics_and_decision_in_words(client: Client, registered: Registered) -> None:
    rows = [
        {"method": "ours", "answers": "all", "auc": 0.781},
        {"method": "item mean", "answers": "all", "auc": 0.702},
    ]
    registered("v1", table=rows)
    api.decide(version="v1", comparison=draw(better_by=0.1, reference="prior, no training"), by="training")
    text = page(client)
    assert "Serving v1" in text
    assert "0.781" in text
    assert "0.702" in text
    assert "Passed: better beyond noise than what would answer without it (the prior)." in text
    assert "60 learners" in text


def test_what_it_was_trained_on_is_said_in_words(client: Client, registered: Registered) -> None:
    data = {
        "courses": ["course-v1:A+B+C"],
        "learners": 171,
        "responses": 14580,
        "held_out_learners": 30,
        "held_out_responses": 2561,
        "unseen_courses": [],
        "simulated_courses": 120,
        "simulated_unseen_courses": 12,
        "fingerprint": "2b8057510040ad0b",
        "start": "shipped-1",
        "warnings": ["course-v1:D+E+F was left out: it has one learner."],
    }
    registered("v1", data=data)
    text = page(client)
    assert "Trained on 14,580 responses, 171 learners, 1 course, 120 simulated courses." in text
    assert "It began with the weights of shipped-1." in text
    assert "Held out to measure it: 2,561 responses, 30 learners, 12 unseen simulated courses." in text
    assert '<p class="me-note me-note-warn">course-v1:D+E+F was left out' in text
    assert "[" not in text.partition("Trained on")[2].partition("</section>")[0]


@pytest.mark.parametrize("data", [{}, {"courses": [], "warnings": None, "learners": None}, None, "none"])
def test_nothing_is_said_of_what_is_not_known(client: Client, registered: Registered, data: object) -> None:
    registered("v1", data=data)
    text = page(client)
    assert "Trained on" not in text
    assert "Cannot be read" not in text


def test_a_corrupted_champion_is_told(client: Client, registered: Registered, data_dir: Path) -> None:
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    (data_dir / "models/v1/observe/1/model.onnx").write_bytes(b"broken")
    gateway.reset()
    text = page(client)
    assert f"The champion does not load; {SHIPPED[0]} answers" in text
    assert "sha256" in text


def test_the_page_opens_when_a_part_is_broken(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr(capture, "status", broken)
    monkeypatch.setattr(capture, "dead_letters", broken)
    assert "Cannot be read: disk on fire" in page(client)


def test_dead_letters_with_their_reasons(client: Client) -> None:
    for number in range(3):
        DeadLetter.objects.create(
            key=f"k{number}", source="live", reason="no_user", detail="The event names no user.", raw="{}"
        )
    text = page(client)
    assert "3 \N{MULTIPLICATION SIGN} no_user" in text
    assert "The event names no user." in text
    assert "still dead letters" in act(client, "replay")


def test_switches_are_turned_logged_and_answered(client: Client) -> None:
    assert "feedback is off" in act(client, "feedback-off", reason="exam week")
    assert not capture.is_on(name="feedback")
    assert "Feedback is off: learners see nothing" in page(client) or "Feedback on…" in page(client)
    act(client, "feedback-on")
    act(client, "capture-off")
    assert not capture.is_on(name="capture")
    act(client, "capture-on")
    assert capture.is_on(name="feedback")
    assert capture.is_on(name="capture")
    entries = [(entry.action, entry.by, entry.reason) for entry in api.log()]
    assert entries[-1] == ("feedback off", "op", "exam week")
    assert len(entries) == 4


def test_a_course_is_turned_on_and_off(client: Client) -> None:
    course = Course.objects.create(key="course-v1:A+B+C", title="Physics")
    assert "course-v1%3AA%2BB%2BC" in page(client)
    act(client, "course-on", target=course.key)
    course.refresh_from_db()
    assert course.enabled
    act(client, "course-off", target=course.key)
    course.refresh_from_db()
    assert not course.enabled
    assert "there is no course" in act(client, "course-on", target="nowhere").lower()


def test_an_action_asks_before_it_acts_and_wants_a_reason(client: Client, registered: Registered) -> None:
    for name in ("v1", "v2"):
        registered(name)
        api.promote(version=name, by="op", reason="next")
    asked = client.get(f"{PAGE}rollback/").content.decode()
    assert "The champion before this one serves again" in asked
    assert client.post(f"{PAGE}rollback/", {"reason": " "}).status_code == 400
    assert api.champion().name == "v2"
    assert "v1 is champion again" in act(client, "rollback", reason="worse in practice")
    assert api.champion().name == "v1"
    assert "no earlier version" in act(client, "rollback", reason="once more")


def test_only_versions_that_passed_the_gate_are_offered(client: Client, registered: Registered) -> None:
    for name in ("v1", "v2", "v3"):
        registered(name)
    api.decide(version="v1", comparison=draw(better_by=0.1, reference="Elo"), by="training")
    api.decide(version="v2", comparison=draw(better_by=0.1, reference="v1"), by="training")
    api.decide(version="v3", comparison=draw(better_by=-0.1, reference="v2"), by="training")
    offered = re.findall(r"promote/\?target=(\w+)", page(client))
    assert offered == ["v1"]
    assert "override" in act(client, "promote", target="v3", reason="let me")
    assert "v1 is champion" in act(client, "promote", target="v1", reason="the older was better")


def test_training_is_queued_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from metaedu_plugin.registry import runs

    monkeypatch.setattr(runs, "_send", lambda run_id: None)
    assert "queued as run" in act(client, "retrain")
    assert "is still queued" in act(client, "retrain")
    assert TrainingRun.objects.count() == 1


def test_the_replay_of_learner_states_is_queued_and_logged(client: Client, celery_app: Celery) -> None:
    Course.objects.create(key="course-v1:A+B+C", title="Physics")
    celery_app.conf.broker_url = "memory://"
    assert page(client).count("replay-states/") == 2
    assert "There is no course nowhere" in act(client, "replay-states", target="nowhere")
    assert "is queued" in act(client, "replay-states", target="course-v1:A+B+C", reason="restored a backup")
    assert "is queued" in act(client, "replay-states")
    with celery_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        messages = [queue.get(block=False) for _ in range(2)]
    assert {message.headers["task"] for message in messages} == {"metaedu.tutoring.replay"} <= set(current_app.tasks)
    assert [message.payload[0] for message in messages] == [["course-v1:A+B+C"], [None]]
    assert [(entry.action, entry.by, entry.reason) for entry in api.log()] == [
        ("replay states", "op", "all courses"),
        ("replay states", "op", "course-v1:A+B+C restored a backup"),
    ]


def test_a_queue_that_is_down_is_told_and_not_logged(client: Client, celery_app: Celery) -> None:
    celery_app.conf.broker_url = "redis://127.0.0.1:6390/0"
    assert "Start the message broker" in act(client, "replay-states")
    assert api.log() == []


def test_each_part_says_in_a_word_how_it_is_and_what_to_do(
    client: Client, registered: Registered, data_dir: Path
) -> None:
    told = client.get(STATUS).json()
    assert (told["serving"]["state_text"], told["serving"]["advice"]) == ("OK", "")
    assert told["serving"]["version"] == SHIPPED[0]
    act(client, "capture-off")
    text = page(client)
    assert '<span class="op-state" data-live="capture.state_text">Look</span>' in text
    assert "Switch it on below, unless it is off on purpose." in text
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    (data_dir / "models/v1/observe/1/model.onnx").write_bytes(b"broken")
    gateway.reset()
    told = client.get(STATUS).json()["serving"]
    assert (told["state_text"], told["advice"]) == (
        "Broken",
        "Learners are answered, but not by this version: roll back, or train a new one.",
    )


def test_the_last_training_says_what_the_gate_decided(client: Client, registered: Registered) -> None:
    registered("v1")
    api.decide(version="v1", comparison=draw(better_by=-0.1, reference="Elo"), by="training")
    row = TrainingRun.objects.create()
    api.update_run(id=row.pk, state="done", version="v1")
    gate = client.get(STATUS).json()["training"]["gate"]
    assert gate and gate == words.verdict(api.versions()[0].decision)
    assert f'data-live="training.gate">{escape(gate)}</dd>' in page(client)


def test_unknown_actions_are_not_found(client: Client) -> None:
    assert client.post(f"{PAGE}explode/", {}).status_code == 404


def test_the_status_tells_progress_as_json(client: Client) -> None:
    row = TrainingRun.objects.create()
    api.update_run(id=row.pk, state="running", stage="meta-train", progress=0.25)
    for epoch in range(2):
        api.update_run(id=row.pk, epoch={"epoch": epoch, "train_loss": 0.7 - epoch / 10, "test_loss": 0.72})
    found = client.get(STATUS, {"only": "training"}).json()
    assert set(found) == {"checked", "training"}
    run = found["training"]["runs"][0]
    assert (run["percent"], run["epochs"], run["stage"]) == (25, 2, "meta-train")
    assert len(run["curves"]["train"].split()) == 2
    assert "train 0.6000" in run["figures"]
    assert set(client.get(STATUS).json()) == {"checked", "capture", "serving", "training", "evaluation"}


def test_a_queue_without_a_worker_is_told(client: Client) -> None:
    from datetime import timedelta

    from django.utils import timezone

    row = TrainingRun.objects.create()
    TrainingRun.objects.filter(pk=row.pk).update(updated=timezone.now() - timedelta(minutes=2))
    assert "Is the training worker running?" in page(client)


def test_polling_asks_the_database_little(client: Client, registered: Registered) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(STATUS, {"only": "capture,serving,training"})
    assert len(queries) < 25
