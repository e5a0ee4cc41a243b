"""The LMS starts with the plugin, and is the LMS that it was."""

from __future__ import annotations

import os
import subprocess
import sys

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.urls import resolve

APPS = ("capture", "curriculum", "registry", "experiment", "tutoring", "insights")


def test_the_apps_came_by_their_entry_points() -> None:
    for app in APPS:
        assert apps.is_installed(f"metaedu_plugin.{app}")
    assert "metaedu" in settings.EVENT_TRACKING_BACKENDS
    assert {"tracking_logs", "segmentio"} <= set(settings.EVENT_TRACKING_BACKENDS)


def test_the_addresses_are_there() -> None:
    assert resolve("/metaedu/learn/course-v1:a+b+c/").namespace == "metaedu_tutoring"
    assert resolve("/metaedu/insights/course-v1:a+b+c/").namespace == "metaedu_insights"


def test_the_platform_would_make_no_other_migrations() -> None:
    call_command("makemigrations", *(f"metaedu_{app}" for app in APPS), check=True, dry_run=True)


def test_an_lms_process_has_no_torch() -> None:
    code = (
        "import sys, django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "assert 'metaedu_plugin.tutoring.rest.views' in sys.modules\n"
        "heavy = {'torch', 'pyarrow', 'optuna', 'metaedu_plugin.training'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
