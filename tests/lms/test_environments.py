"""The platform's other ways to start: in production with an operator's file, as Studio, as a worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

UNIT = "org.openedx.learning.vertical_block.render.completed.v1"


def start(code: str, **environment: str) -> None:
    """Start the platform in a process of its own, run the code there, and hear of what it asserts."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\nfrom django.conf import settings\n{code}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def operators_file(tmp_path: Path) -> str:
    """The platform's own minimal file, with filters of another plugin, which replace what `common` has set."""
    from lms.envs import common

    minimal = (Path(common.__file__).parent / "minimal.yml").read_text()
    path = tmp_path / "lms.yml"
    path.write_text(
        f"{minimal}\nOPEN_EDX_FILTERS_CONFIG:\n  {UNIT}: {{fail_silently: false, pipeline: [other.Step]}}\n"
    )
    return str(path)


def test_in_production_the_operators_file_keeps_our_hooks(operators_file: str) -> None:
    start(
        f"steps = settings.OPEN_EDX_FILTERS_CONFIG['{UNIT}']\n"
        "assert steps['pipeline'][0] == 'other.Step', steps\n"
        "assert 'metaedu_plugin.tutoring.openedx.FeedbackBelowProblems' in steps['pipeline'], steps\n"
        "assert steps['pipeline'].count('metaedu_plugin.tutoring.openedx.FeedbackBelowProblems') == 1, steps\n"
        "backends = set(settings.EVENT_TRACKING_BACKENDS)\n"
        "assert 'metaedu' in backends, backends\n"
        # event-routing-backends takes what the file says, here nothing, for all there is.
        "from django.apps import apps; router = apps.is_installed('event_routing_backends')\n"
        "assert router or 'tracking_logs' in backends, backends\n"
        "assert settings.METAEDU_DATA_DIR\n"
        "from django.urls import resolve; resolve('/metaedu/learn/course-v1:a+b+c/')\n",
        DJANGO_SETTINGS_MODULE="lms.envs.production",
        LMS_CFG=operators_file,
    )


def test_studio_has_the_curriculum_and_no_learners() -> None:
    start(
        "from django.apps import apps\n"
        "ours = {app.label for app in apps.get_app_configs() if app.label.startswith('metaedu')}\n"
        "assert {'metaedu_capture', 'metaedu_curriculum'} <= ours, ours\n"
        "assert not {'metaedu_registry', 'metaedu_tutoring', 'metaedu_insights'} & ours, ours\n"
        "assert 'metaedu' not in settings.EVENT_TRACKING_BACKENDS\n"
        "from xmodule.modulestore.django import SignalHandler\n"
        "ids = [str(receiver[0][0]) for receiver in SignalHandler.course_published.receivers]\n"
        "assert 'metaedu_curriculum.published' in ids, ids\n"
        "import sys; assert 'torch' not in sys.modules\n",
        DJANGO_SETTINGS_MODULE="cms.envs.test",
        SERVICE_VARIANT="cms",
    )


def test_a_worker_knows_the_tasks_and_has_no_torch() -> None:
    start(
        "from openedx.core.lib.celery import APP\n"
        "APP.loader.import_default_modules()\n"
        "assert {'metaedu.curriculum.read', 'metaedu.tutoring.replay'} <= set(APP.tasks), sorted(APP.tasks)\n"
        "import sys; assert not {'torch', 'metaedu_plugin.training'} & set(sys.modules)\n"
    )


@pytest.mark.parametrize("command", ["metaedu_drain", "metaedu_status", "metaedu_dead_letters"])
def test_commands(command: str, capsys: Any) -> None:
    from django.core.management import call_command

    call_command(command)
    assert "".join(capsys.readouterr())
