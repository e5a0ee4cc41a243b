"""The demo's processes: a web process without torch, and a Celery app whose broker is a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, folder: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment["METAEDU_DATA_DIR"] = str(folder)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_web_process_has_no_torch_and_serves_its_static_files(tmp_path):
    code = """
import sys
from deploy.demo.wsgi import application
from django.conf import settings
assert settings.SETTINGS_MODULE == "deploy.demo.settings" and not settings.DEBUG
assert not {"torch", "metaedu_plugin.training", "sklearn", "pyarrow"} & set(sys.modules), "the LMS stays light"
from django.test import RequestFactory
reply = application.get_response(RequestFactory().get("/static/demo/demo.css"))
assert reply.status_code == 200, reply.status_code
"""
    run(code, tmp_path)


def test_a_task_queued_by_the_web_process_reaches_the_folder(tmp_path):
    code = """
import deploy.demo.wsgi
from celery import current_app
current_app.send_task("metaedu.nothing")
"""
    run(code, tmp_path)
    assert len(list((tmp_path / "queue").iterdir())) == 1
