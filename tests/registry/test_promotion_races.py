"""Processes that promote at once: one champion, whichever it is, in every database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry.bundles import make
from tests.registry.processes import SERVERS

ROOT = Path(__file__).resolve().parents[2]
RACE = """
import json, os, sys, time, traceback
import django
django.setup()
from django.core.management import call_command
from metaedu_plugin.registry import api
from metaedu_plugin.registry.models import ModelVersion


def fork(step):
    child = os.fork()
    if child:
        return child
    try:
        step()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def done(*children):
    assert not any(os.waitpid(child, 0)[1] for child in children)


def prepare():
    call_command("migrate", verbosity=0)
    for path in sys.argv[1:]:
        api.register(bundle=path, metrics={})


def promote(name, at):
    api.versions()  # the connection is open before the start
    time.sleep(max(0, at - time.time()))
    api.promote(version=name, by="test", reason="race")


# Children alone talk to the database and load graphs: neither outlives a fork.
done(fork(prepare))
at = time.time() + 1.5
done(*[fork(lambda: promote(os.path.basename(path), at)) for path in sys.argv[1:]])
print(json.dumps({
    "seats": list(ModelVersion.objects.filter(seat=1).values_list("name", flat=True)),
    "roles": sorted(ModelVersion.objects.values_list("role", flat=True)),
    "promotions": sum(entry.action == "promote" for entry in api.log()),
}))
"""


@pytest.fixture(params=["sqlite", *SERVERS])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param not in SERVERS:
        yield f"sqlite:///{tmp_path / 'races.sqlite3'}"
        return
    name = f"metaedu_{uuid.uuid4().hex[:12]}"
    server, run = SERVERS[request.param]
    try:
        run(server, f"CREATE DATABASE {name}")
    except Exception as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no {request.param} server here: {error}")
    yield f"{server}/{name}"
    run(server, f"DROP DATABASE {name}")


def test_processes_that_promote_at_once_leave_one_champion(database: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "METAEDU_DATABASE": database,
        "METAEDU_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.registry.process_settings",
    }
    bundles = [str(make(tmp_path / "made", name)) for name in ("v1", "v2", "v3")]
    command = [sys.executable, "-c", RACE, *bundles]
    raced = subprocess.run(command, env=environment, cwd=ROOT, text=True, capture_output=True, timeout=60, check=False)
    assert raced.returncode == 0, raced.stderr
    found = json.loads(raced.stdout)
    assert len(found["seats"]) == 1
    assert found["roles"] == ["champion", "retired", "retired"]
    assert found["promotions"] == 3
