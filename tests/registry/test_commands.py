from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api
from tests.registry.bundles import SHIPPED, make

pytestmark = pytest.mark.django_db(transaction=True)


def test_register_promote_and_roll_back(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("v1", "v2"):
        call_command("metaedu_register", str(make(tmp_path / "made", name)))
        call_command("metaedu_promote", name, "--reason", "try it", "--by", "ada")
    assert "v2 is champion." in capsys.readouterr().out
    call_command("metaedu_rollback", "--reason", "worse")
    assert api.champion() is not None
    assert "v1 is champion again." in capsys.readouterr().out
    assert [entry.by for entry in api.log() if entry.action == "promote"] == ["ada", "ada"]
    with pytest.raises(CommandError, match="no earlier version"):
        call_command("metaedu_rollback", "--reason", "worse")


@pytest.mark.parametrize("command", [["metaedu_rollback"], ["metaedu_promote", "v1"]])
def test_a_reason_is_asked_for(data_dir: Path, command: list[str]) -> None:
    with pytest.raises(CommandError, match="--reason"):
        call_command(*command)


def test_a_refused_bundle_is_told(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        call_command("metaedu_register", str(tmp_path / "nothing"))


def test_switch(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("metaedu_switch", "feedback", "off", "--reason", "exam")
    assert not capture.is_on(name="feedback")
    assert capsys.readouterr().out == "feedback is off.\n"
    assert api.log()[0].reason == "exam"


def test_status_for_people_for_programs_and_for_a_watchdog(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("metaedu_status")
    assert f"ok   serving: Serving {SHIPPED[0]}, the shipped model" in capsys.readouterr().out
    call_command("metaedu_status", "--json")
    assert json.loads(capsys.readouterr().out)["serving"]["source"] == "shipped"
    from metaedu_plugin.registry.models import TrainingRun

    TrainingRun.objects.create(state="failed")
    with pytest.raises(SystemExit):
        call_command("metaedu_status")
    assert "BAD  training" in capsys.readouterr().out
