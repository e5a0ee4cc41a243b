"""The web process answers with every address loaded and never imports the training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from deploy.demo.wsgi import application
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver, get_resolver

def load(resolver):
    return sum(load(each) if isinstance(each, URLResolver) else 1 for each in resolver.url_patterns)

assert load(get_resolver()) > 20
call_command("migrate", verbosity=0)
reply = Client().get("/login/")
assert reply.status_code == 200, reply.status_code
print(sorted({"torch", "metaedu_plugin.training"} & set(sys.modules)))
"""


def test_pages_and_addresses_load_neither_torch_nor_training(tmp_path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "deploy.demo.settings", "METAEDU_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
