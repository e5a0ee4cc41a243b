from __future__ import annotations

import time
from datetime import timedelta

import pytest
from celery import Celery
from django.utils import timezone

from metaedu_plugin.registry import api
from metaedu_plugin.registry.models import TrainingRun

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:6390/0", "amqp://127.0.0.1:6391//"])
def test_a_broker_that_is_down_makes_a_failed_run_within_seconds(celery_app: Celery, broker: str) -> None:
    celery_app.conf.broker_url = broker
    start = time.perf_counter()
    run = api.run(id=api.request_training(by="op"))
    assert time.perf_counter() - start < 5
    assert run is not None
    assert run.state == "failed"
    assert "Start the message broker" in run.message


def test_the_task_is_queued_by_name_with_the_run(celery_app: Celery, settings) -> None:
    settings.METAEDU_QUEUE = "metaedu-training"
    celery_app.conf.broker_url = "memory://"
    run_id = api.request_training(options={"epochs": 3}, by="op")
    with celery_app.connection_for_read() as connection:
        message = connection.SimpleQueue("metaedu-training").get(block=False)
    assert message.headers["task"] == "metaedu.train"
    assert message.payload[0] == [run_id]
    run = api.run(id=run_id)
    assert run is not None
    assert (run.state, run.options) == ("queued", {"epochs": 3})
    assert [entry.action for entry in api.log()] == ["train"]


def test_progress_is_kept_and_ends() -> None:
    row = TrainingRun.objects.create()
    api.update_run(id=row.pk, state="running", stage="meta-train", progress=0.5, epoch={"epoch": 1, "train_loss": 0.6})
    api.update_run(id=row.pk, epoch={"epoch": 2, "train_loss": 0.5}, progress=7.0)
    run = api.run(id=row.pk)
    assert run is not None
    assert [epoch["train_loss"] for epoch in run.epochs] == [0.6, 0.5]
    assert run.progress == 1.0
    assert run.started is not None
    assert run.ended is None
    assert api.active_run() == run
    api.update_run(id=row.pk, state="done", message="")
    ended = api.run(id=row.pk)
    assert ended is not None
    assert ended.ended is not None
    assert api.active_run() is None


def test_a_silent_run_is_not_active() -> None:
    row = TrainingRun.objects.create(state="running")
    TrainingRun.objects.filter(pk=row.pk).update(updated=timezone.now() - timedelta(hours=1))
    assert api.active_run() is None


def test_an_unknown_run_is_an_error() -> None:
    assert api.run(id=99) is None
    with pytest.raises(api.RegistryError, match="99"):
        api.update_run(id=99, progress=0.1)
