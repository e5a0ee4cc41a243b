"""The platform's process with event-routing-backends: events in, statements out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def needed(module: str) -> None:
    """Skip, or fail where all is to be there, without a library."""
    if find_spec(module) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{module} is not installed: pip install -e .[dev]")
        pytest.skip(f"{module} is not installed")


def statements_of(events: list[dict[str, Any]], *, metaedu_first: bool = False) -> list[dict[str, Any]]:
    """What a learning record store receives of these events."""
    needed("event_routing_backends")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.xapi.route"],
        input=json.dumps(events),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("METAEDU_")},
            "DJANGO_SETTINGS_MODULE": "tests.xapi.settings",
            "METAEDU_FIRST": "1" if metaedu_first else "",
        },
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
