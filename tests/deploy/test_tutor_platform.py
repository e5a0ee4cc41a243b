"""The settings that Tutor renders, read by the real platform: its LMS and its Studio start with them, and with metaedu.

METAEDU_TEST_LMS names the platform's folder, METAEDU_TEST_LMS_PYTHON the interpreter that it is installed for.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.tutors import ROOT, VERSIONS, Platform, installed

FOLDER, PYTHON = os.environ.get("METAEDU_TEST_LMS"), os.environ.get("METAEDU_TEST_LMS_PYTHON")
pytestmark = pytest.mark.skipif(
    not (FOLDER and PYTHON), reason="METAEDU_TEST_LMS and METAEDU_TEST_LMS_PYTHON name no Open edX platform"
)
LOOK = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.utils import translation
names = [name for name in dir(settings) if name.startswith("METAEDU_")]
with translation.override("zh-cn"):
    plan = translation.gettext("My plan")
print(json.dumps({
    "apps": [name.split(".")[1] for name in settings.INSTALLED_APPS if name.startswith("metaedu_plugin.")],
    "settings": {name: getattr(settings, name) for name in names},
    "backends": list(settings.EVENT_TRACKING_BACKENDS),
    "queues": getattr(settings, "EXPLICIT_QUEUES", {}),
    "torch": "torch" in sys.modules,
    "plan": plan,
}))
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    platform = Platform(installed(VERSIONS[0]), tmp_path_factory.mktemp("platform"))
    platform.tutor("plugins", "enable", "mfe", "forum", "metaedu")
    platform.save(RUN_SERVING="true", RUN_TRAINING="true", RUN_DRAIN="true")
    return platform


def _started(rendered: Platform, project: str, folder: Path, **more: str) -> dict[str, Any]:
    """What a process of the platform says of itself; its container's folders are in `folder`."""
    for each in ("data", "media", "config", "code"):
        (folder / each).mkdir()
    module = rendered.text(f"apps/openedx/settings/{project}/production.py").replace("/openedx/", f"{folder}/")
    (folder / "code" / f"rendered_{project}.py").write_text(module)
    for each in ("lms", "cms"):
        yaml = rendered.text(f"apps/openedx/config/{each}.env.yml").replace("/openedx/", f"{folder}/")
        (folder / "config" / f"{each}.env.yml").write_text(yaml)
    (folder / "config/revisions.yml").write_text("{}")
    environment = os.environ | {
        "SERVICE_VARIANT": project,
        "DJANGO_SETTINGS_MODULE": f"rendered_{project}",
        "LMS_CFG": str(folder / "config/lms.env.yml"),
        "CMS_CFG": str(folder / "config/cms.env.yml"),
        "REVISION_CFG": str(folder / "config/revisions.yml"),
        "STATIC_ROOT_LMS": str(folder / "static"),
        "STATIC_ROOT_CMS": str(folder / "static/studio"),
        "PYTHONPATH": f"{folder / 'code'}:{ROOT}",
        **more,
    }
    run = subprocess.run(
        [str(PYTHON), "-c", LOOK], cwd=FOLDER, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


def test_the_lms(rendered: Platform, tmp_path: Path) -> None:
    found = _started(rendered, "lms", tmp_path)
    assert {"capture", "curriculum", "registry", "tutoring", "insights", "conf"} <= set(found["apps"])
    assert "training" not in found["apps"]
    assert not found["torch"]
    settings = found["settings"]
    assert settings["METAEDU_DATA_DIR"] == f"{tmp_path}/data/metaedu"
    assert settings["METAEDU_SERVING_URL"] == "http://metaedu-serving:8100"
    assert settings["METAEDU_DRAIN_SECONDS"] == 0
    assert len(settings["METAEDU_PSEUDONYM_SECRET"]) == 40
    assert "metaedu" in found["backends"]
    # beside the platform's own
    assert found["queues"]["metaedu.train"] == {"queue": "metaedu"}
    assert len(found["queues"]) > 1
    assert found["plan"] == "我的计划"


def test_the_worker_that_trains(rendered: Platform, tmp_path: Path) -> None:
    assert "training" in _started(rendered, "lms", tmp_path, METAEDU_TRAINING="1")["apps"]


def test_studio(rendered: Platform, tmp_path: Path) -> None:
    found = _started(rendered, "cms", tmp_path)
    assert set(found["apps"]) == {"capture", "curriculum", "conf"}
    assert "METAEDU_STORE" not in found["settings"]
    # an author who tries a problem is no learner
    assert "metaedu" not in found["backends"]
