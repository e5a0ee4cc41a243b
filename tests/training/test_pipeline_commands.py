"""The doors to a run: the task, the commands, and what they load."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError

from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import runs
from metaedu_plugin.training import tasks
from tests.training.courses import rasch, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
QUICK = ["--epochs", "1", "--batches", "2", "--simulated", "0", "--simulated-unseen", "0", "--attempts", "1"]


def called(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_task_has_the_name_that_the_registry_sends() -> None:
    assert current_app.tasks[runs.TASK].name == tasks.train.name


def test_a_task_that_cannot_go_on_ends_quietly_with_the_reason_in_the_run() -> None:
    run = registry.request_training(by="test", queue=False)
    tasks.train(run)
    row = registry.run(id=run)
    assert row is not None
    assert row.state == "failed"
    assert "no responses yet" in row.message


@pytest.mark.usefixtures("trained")
def test_the_commands_train_evaluate_and_compare(tmp_path: Path) -> None:
    store(rasch(learners=40))
    store(rasch(learners=12, key="new", seed=3))
    told = called("metaedu_train", "--course", "rasch", "--unseen", "new", "--meta-learner", "ridge", *QUICK)
    (version,) = registry.versions()
    assert "ours" in told
    assert "ridge (compared)" in told
    assert "What serves is in_context" in told
    assert version.name in told
    assert {row["origin"] for row in version.metrics["unseen_courses"]} == {"captured"}

    file = tmp_path / "figures.json"
    told = called("metaedu_evaluate", version.name, "--course", "rasch", "--simulated-unseen", "0", "--json", str(file))
    again = {row["answers"]: row["auc"] for row in json.loads(file.read_text())["table"] if row["method"] == "ours"}
    before = {row["answers"]: row["auc"] for row in version.metrics["table"] if row["method"] == "ours"}
    assert again == before
    assert "item mean" in told


def test_wrong_names_are_told_with_the_right_ones() -> None:
    store(rasch(learners=10))
    with pytest.raises(CommandError, match="in_context, maml"):
        called("metaedu_train", "--meta-learner", "mamml", *QUICK)
    with pytest.raises(CommandError, match="no version v9"):
        called("metaedu_evaluate", "v9")


def test_the_data_set_can_be_written_elsewhere(tmp_path: Path) -> None:
    store(rasch(learners=3, responses=5))
    assert "15 responses" in called("metaedu_export_data", "--to", str(tmp_path / "else"))
    assert len(list((tmp_path / "else").glob("part-*.parquet"))) == 1


def test_installing_the_app_and_naming_its_task_load_no_torch() -> None:
    script = (
        "import django, sys; django.setup(); import metaedu_plugin.training.tasks;"
        "print([m for m in ('torch', 'sklearn', 'optuna', 'pyarrow') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
