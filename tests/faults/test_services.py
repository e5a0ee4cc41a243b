"""What metaedu leans on and does not find: the broker, the store, the worker's libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from tests.faults.conftest import Manage, Run
from tests.tutoring.events import COURSE, answered, problem

NOBODY = "redis://127.0.0.1:1/0"


def test_a_broker_that_is_down_is_told_by_the_command_and_on_the_page(
    manage: Manage, celery_app: Celery, client: Client
) -> None:
    celery_app.conf.broker_url = NOBODY
    told = manage("metaedu_train", "--queue", "--epochs", "1")
    assert told.code == 1
    assert "Start the message broker or check its address" in told.err.splitlines()[-1]
    assert "queued" not in told.out
    client.force_login(User.objects.create_superuser("operator", password="p"))
    page = client.get("/metaedu/operator/").content.decode()
    assert "Start the message broker or check its address" in page


@pytest.mark.django_db(transaction=True)
def test_with_its_store_down_a_learner_gets_the_marked_feedback_of_the_prior(
    data_dir: Path, settings: Any, client: Client
) -> None:
    settings.METAEDU_STORE = NOBODY
    curriculum.save_course(key=COURSE, title="Fractions")
    curriculum.set_enabled(course=COURSE, enabled=True)
    ana = User.objects.create_user("ana", password="p")
    client.force_login(ana)
    capture.receive(event=answered(user=ana.pk))
    said = client.get(f"/metaedu/api/v1/courses/{COURSE}/feedback", {"problem": problem("add1")}).json()
    assert (said["status"], said["correct"], said["source"]) == ("ready", True, "prior")
    assert said["source_note"]
    assert registry.status().fallbacks > 0
    assert "check that it runs" in registry.status().last_error
    assert capture.status().responses == 1


def test_a_worker_without_torch_ends_the_run_and_names_the_extra(process: Run) -> None:
    script = """
import sys
sys.modules["torch"] = None
import django
django.setup()
from django.core.management import execute_from_command_line
from metaedu_plugin.registry import api
from metaedu_plugin.training.tasks import train
run = api.request_training(by="test", queue=False)
train(run)
print(api.run(id=run).state, api.run(id=run).message)
execute_from_command_line(["manage.py", "metaedu_train"])
"""
    told = process("-c", script)
    assert told.code == 1
    assert told.out.startswith("failed ")
    assert "pip install 'metaedu[training]'" in told.out
    last = told.err.strip().splitlines()[-1]
    assert last.startswith("CommandError")
    assert "pip install 'metaedu[training]'" in last
