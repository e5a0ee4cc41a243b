"""Studio as a process of its own: what its author publishes reaches the curriculum by a worker over Redis.

Needs a content store that several processes reach, which EDXAPP_TEST_MONGO_HOST names for the platform; else it skips.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from metaedu_plugin.curriculum import api as curriculum
from tests.lms.course import SUMS, Course
from tests.lms.test_answers import rows
from tests.lms.test_outage import Redis, own_redis  # noqa: F401  a fixture

PUBLISH = """
import json, sys
import django
django.setup()
import webpack_loader.templatetags.webpack_loader, webpack_loader.utils  # nothing is compiled here
webpack_loader.templatetags.webpack_loader.render_bundle = lambda *_, **__: ""
webpack_loader.utils.get_as_tags = webpack_loader.utils.get_files = lambda *_, **__: []
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from openedx.core.djangoapps.safe_sessions.testing import safe_cookie_test_session_patch
call_command("migrate", run_syncdb=True, verbosity=0)
parent, data = sys.argv[1:]
safe_cookie_test_session_patch()
get_user_model().objects.create_superuser("author", "author@example.com", "Write-t0-them")
studio = Client()
assert studio.login(username="author", password="Write-t0-them")

def send(path, **fields):
    answer = studio.post(path, json.dumps(fields), content_type="application/json", HTTP_ACCEPT="application/json")
    assert answer.status_code == 200, (path, answer.status_code, answer.content[:2000])
    return answer.json()

made = send("/xblock/", parent_locator=parent, category="problem", display_name="Only now")["locator"]
send(f"/xblock/{made}", data=data, metadata={"display_name": "Only now"})
send(f"/xblock/{parent}", publish="make_public")
print("MADE", made)
"""
"""What an author does in Studio: a problem is added to a unit, written, and the unit is published."""


@pytest.fixture
def beside(own_redis: Redis, tmp_path: Path, course: Course) -> Iterator[Callable[..., subprocess.Popen[str]]]:  # noqa: F811
    """Starts Python as Studio, and ends what still runs."""
    if not os.environ.get("EDXAPP_TEST_MONGO_HOST"):
        pytest.skip("the content store is in this process alone: EDXAPP_TEST_MONGO_HOST names one for several")
    from django.conf import settings
    from django.db import connection

    root = Path(__file__).resolve().parents[2]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.lms.beside",
        "SERVICE_VARIANT": "cms",
        "PYTHONPATH": os.pathsep.join([str(root), str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
        "BESIDE_DATABASE": str(connection.settings_dict["NAME"]),
        "BESIDE_BROKER": own_redis.url,
        "BESIDE_CONTENT": settings.MODULESTORE["default"]["OPTIONS"]["stores"][0]["DOC_STORE_CONFIG"]["db"],
        "METAEDU_DATA_DIR": str(tmp_path),
    }
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "beside.log").open("a"),
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_what_studio_publishes_reaches_the_lms_by_a_worker(
    beside: Callable[..., subprocess.Popen[str]],
    own_redis: Redis,  # noqa: F811
    course: Course,
    learner: Any,
    tmp_path: Path,
) -> None:
    import redis
    from opaque_keys.edx.keys import UsageKey

    before = set(curriculum.items(course=str(course)))
    studio = beside("-c", PUBLISH, str(course.unit), SUMS)
    output, _ = studio.communicate(timeout=420)
    assert studio.returncode == 0, (tmp_path / "beside.log").read_text()[-3000:]
    made = output.rpartition("MADE ")[2].strip()
    waiting = redis.Redis(port=own_redis.port).llen("edx.cms.core.default")
    assert waiting, "Studio has queued nothing"
    assert set(curriculum.items(course=str(course))) == before

    worker = beside("-m", "celery", "--app=cms.celery", "worker", "--queues=edx.cms.core.default", "--pool=solo")
    until = time.monotonic() + 180
    while made not in (found := curriculum.items(course=str(course))):
        assert worker.poll() is None, (tmp_path / "beside.log").read_text()[-3000:]
        assert time.monotonic() < until, (tmp_path / "beside.log").read_text()[-3000:]
        time.sleep(1)

    assert set(found) == {*before, made}
    assert found[made].title == "Only now"
    assert learner.answer(UsageKey.from_string(made), part_2_1="5", part_3_1="7") == "correct"
    assert {row.problem for row in rows(course, learner)} == {made}
