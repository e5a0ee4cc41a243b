"""The Tutor plugin, rendered by Tutor itself beside its usual neighbours.

Tutor's newest version is tried; METAEDU_TEST_TUTOR=all tries every one that the plugin names.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_validate
import pytest
import yaml
from celery import Celery

from metaedu_plugin.registry.settings.common import plugin_settings
from serving.cli import _parser
from serving.service.application import OPEN
from serving.tokens import Keys
from tests.deploy.tutors import NEIGHBOURS, ROOT, VERSIONS, Platform, Rendered, installed

SETTINGS = [
    f"apps/openedx/settings/{project}/{mode}.py" for project in ("lms", "cms") for mode in ("production", "development")
]
LMS = SETTINGS[0]
KUBERNETES = ("deployments", "services", "volumes", "jobs")
OURS = {"metaedu-serving", "metaedu-training", "metaedu-drain"}
ON = {"RUN_SERVING": "true", "RUN_TRAINING": "true", "RUN_DRAIN": "true", "TRAINING_SCHEDULE": "'0 3 * * 0'"}
OFF = {
    **dict.fromkeys(("RUN_SERVING", "RUN_TRAINING", "RUN_DRAIN"), "false"),
    **dict.fromkeys(("DIGEST_SCHEDULE", "EXPERIMENT_SCHEDULE"), "''"),
}


@pytest.fixture(scope="module", params=VERSIONS)
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return Platform(installed(request.param), tmp_path_factory.mktemp(f"tutor{request.param}"))


@pytest.fixture(scope="module")
def before(platform: Platform) -> Rendered:
    """Everything as it is without metaedu, beside its neighbours."""
    platform.tutor("plugins", "enable", *NEIGHBOURS)
    platform.save()
    return platform.snapshot("before")


@pytest.fixture(scope="module")
def plain(platform: Platform, before: Rendered) -> Rendered:
    """As it is after `enable`."""
    platform.tutor("plugins", "enable", "metaedu")
    return platform.snapshot("plain")


@pytest.fixture(scope="module")
def full(platform: Platform, plain: Rendered) -> Rendered:
    """With every switch on."""
    platform.save(**ON)
    return platform.snapshot("full")


def _added(rendered: Rendered, before: Rendered, path: str) -> list[str]:
    kept = before.statements(path)
    return [each for each in rendered.statements(path) if each not in kept]


def _settings(rendered: Rendered, before: Rendered, path: str = LMS) -> dict[str, Any]:
    """What the plugin's statements make of the platform's settings."""
    names: dict[str, Any] = {"EXPLICIT_QUEUES": {"theirs": {"queue": "high"}}}
    exec("\n".join(_added(rendered, before, path)), names)
    return names


def test_enabled_it_installs_itself_and_starts_nothing(plain: Rendered, before: Rendered) -> None:
    dockerfile = plain.text("build/openedx/Dockerfile")
    assert "pip install --constraint /tmp/metaedu-constraints.txt 'metaedu[lms]==0.1.0'" in dockerfile
    # in the stage that makes the environment, after the platform's own requirements
    assert dockerfile.index("requirements/edx/base.txt") < dockerfile.index("metaedu[lms]")
    assert dockerfile.index("metaedu[lms]") < dockerfile.index("AS nodejs-requirements")
    assert not OURS & set(plain.services())
    for name in KUBERNETES:
        assert plain.objects(name) == before.objects(name)
    assert "metaedu" not in plain.text("k8s/override.yml")


def test_settings(plain: Rendered, before: Rendered) -> None:
    for path in SETTINGS:
        made = _settings(plain, before, path)
        assert made["METAEDU_DATA_DIR"] == "/openedx/data/metaedu"
        assert len(made["METAEDU_PSEUDONYM_SECRET"]) == 40
        assert made["EXPLICIT_QUEUES"] == {"theirs": {"queue": "high"}}
        assert ("METAEDU_STORE" in made) == ("/lms/" in path)
    made = _settings(plain, before)
    assert made["METAEDU_STORE"] == "redis://redis:6379/4"
    assert made["METAEDU_DRAIN_SECONDS"] == 1
    assert "METAEDU_SERVING_URL" not in made


def test_settings_of_the_services(full: Rendered, before: Rendered) -> None:
    made = _settings(full, before)
    assert made["METAEDU_SERVING_URL"] == "http://metaedu-serving:8100"
    assert made["METAEDU_SERVING_KEY"].startswith("lms:")
    assert made["METAEDU_SERVING_DEADLINE"] == 0.15
    assert made["METAEDU_DRAIN_SECONDS"] == 0
    assert made["EXPLICIT_QUEUES"] == {"theirs": {"queue": "high"}, "metaedu.train": {"queue": "metaedu"}}


def test_a_worker_that_trains_has_the_training(full: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its container's environment says is what the plugin's settings look for, in it and in it alone."""
    for name, service in full.services().items():
        monkeypatch.delenv("METAEDU_TRAINING", raising=False)
        variables = service.get("environment") or {}
        if "METAEDU_TRAINING" in variables:  # of some neighbours it is a list
            monkeypatch.setenv("METAEDU_TRAINING", variables["METAEDU_TRAINING"])
        settings = SimpleNamespace(INSTALLED_APPS=["lms"])
        plugin_settings(settings)
        assert ("metaedu_plugin.training" in settings.INSTALLED_APPS) == (name == "metaedu-training"), name


def test_a_training_goes_to_its_own_queue(full: Rendered, before: Rendered) -> None:
    queues = _settings(full, before)["EXPLICIT_QUEUES"]
    # as the platform's router does, which METAEDU_QUEUE=None of the settings leaves to decide
    app = Celery(
        set_as_current=False,
        task_routes=[lambda name, *args, **kwargs: queues.get(name)],
        task_create_missing_queues=True,
    )
    for task, queue in {"metaedu.train": "metaedu", "metaedu.tutoring.replay": "celery"}.items():
        routed = app.amqp.router.route({"queue": None}, task)["queue"]
        assert getattr(routed, "name", "celery") == queue
    assert "--queues=metaedu" in full.services()["metaedu-training"]["command"]


def test_the_neighbours_keep_what_they_have(full: Rendered, before: Rendered) -> None:
    services = full.services()
    assert set(services) == set(before.services()) | OURS
    for name, service in before.services().items():
        if name != "permissions":
            assert services[name] == service, name
    assert set(before.services()["permissions"]["volumes"]) < set(services["permissions"]["volumes"])
    for name in KUBERNETES:
        made = full.objects(name)
        assert before.objects(name).items() <= made.items()
        assert all(key[1].startswith("metaedu") for key in set(made) - set(before.objects(name)))
    for path in SETTINGS:
        ours = _added(full, before, path)
        assert [each for each in full.statements(path) if each not in ours] == before.statements(path)
    # and in all other files no line is lost, nor out of its place
    for name, text in before.files().items():
        lines = iter(_lines(full.text(name)))
        assert all(line in lines for line in _lines(text)), name


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_compose(full: Rendered) -> None:
    services = full.services()
    for name in OURS:
        service = services[name]
        assert service["deploy"]["replicas"] == 1
        assert set(service["depends_on"]) <= set(services)
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            # Compose makes what is missing as a folder of root's
            assert source.startswith("../../data/lms") or (full.env / "local" / source).exists(), volume
    command = services["metaedu-serving"]["command"]
    assert command[0] == "metaedu-serving"
    options = _parser().parse_args(command[1:])
    assert options.follow == "/openedx/data/metaedu/champion"
    assert "/mounts/metaedu" in full.text("apps/permissions/setowners.sh")


def test_compose_in_development(full: Rendered) -> None:
    services = full.services("dev/docker-compose.yml")
    assert services["metaedu-drain"]["environment"]["DJANGO_SETTINGS_MODULE"] == "lms.envs.tutor.development"
    assert services["metaedu-drain"]["image"] == services["lms"]["image"]
    assert services["metaedu-serving"]["ports"] == ["127.0.0.1:8100:8100"]


def test_the_service_knows_the_key_that_the_lms_signs_with(full: Rendered, before: Rendered) -> None:
    name, _, secret = _settings(full, before)["METAEDU_SERVING_KEY"].partition(":")
    keys = full.env / "plugins/metaedu/apps/keys.json"
    assert json.loads(keys.read_text()) == {name: secret}
    Keys(str(keys))
    kept = full.objects("deployments")["Secret", "metaedu-serving"]["stringData"]
    assert json.loads(kept["keys.json"]) == {name: secret}
    assert kept["store"] == "redis://redis:6379/4"


def test_kubernetes(full: Rendered) -> None:
    made = {
        key: each for name in KUBERNETES for key, each in full.objects(name).items() if key[1].startswith("metaedu")
    }
    assert set(made) == {
        ("Secret", "metaedu-serving"),
        ("Deployment", "metaedu-serving"),
        ("Service", "metaedu-serving"),
        ("Deployment", "metaedu-training"),
        ("CronJob", "metaedu-train"),
        ("Deployment", "metaedu-drain"),
        ("PersistentVolumeClaim", "metaedu"),
    }
    for each in made.values():
        kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)
    container = made["Deployment", "metaedu-serving"]["spec"]["template"]["spec"]["containers"][0]
    _parser().parse_args(container["args"])
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in OPEN


def test_kubernetes_shares_the_folder_with_the_lms(full: Rendered) -> None:
    patched = [each for each in yaml.safe_load_all(full.text("k8s/override.yml")) if each]
    ours = [each for each in patched if "metaedu" in str(each)]
    assert {each["metadata"]["name"] for each in ours} == {"lms", "lms-worker"}
    theirs = full.objects("deployments")
    for each in ours:
        pod = each["spec"]["template"]["spec"]
        # merged by name into a container that is there
        original = theirs["Deployment", each["metadata"]["name"]]["spec"]["template"]["spec"]
        assert pod["containers"][0]["name"] in {one["name"] for one in original["containers"]}
        assert pod["containers"][0]["volumeMounts"] == [{"mountPath": "/openedx/data/metaedu", "name": "metaedu"}]
    assert "k8s/override.yml" in full.text("kustomization.yml")


def test_other_choices(platform: Platform, full: Rendered, before: Rendered) -> None:
    chosen = {
        "DRAIN_SCHEDULE": "'* * * * *'",
        "DIGEST_SCHEDULE": "'0 6 * * 1'",
        "EXPERIMENT_SCHEDULE": "'0 4 * * *'",
        "SERVING_REPLICAS": 3,
        "TRAINING_GPU": "true",
        "K8S_STORAGE_CLASS": "nfs",
    }
    platform.save(**chosen)
    services, objects = platform.services(), platform.objects("deployments")
    assert services["metaedu-serving"]["deploy"]["replicas"] == 3
    assert objects["Deployment", "metaedu-serving"]["spec"]["replicas"] == 3
    assert services["metaedu-training"]["deploy"]["resources"]["reservations"]["devices"][0]["driver"] == "nvidia"
    pod = objects["Deployment", "metaedu-training"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": 1}
    # drained by a cron job, not all the time
    assert ("Deployment", "metaedu-drain") not in objects
    assert objects["CronJob", "metaedu-drain"]["spec"]["schedule"] == "* * * * *"
    for name, schedule in (("digest", "0 6 * * 1"), ("experiment", "0 4 * * *")):
        job = objects["CronJob", f"metaedu-{name}"]["spec"]
        assert job["schedule"] == schedule
        (container,) = job["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["./manage.py", "lms", f"metaedu_{name}"]
    volumes = platform.objects("volumes")
    assert volumes["PersistentVolumeClaim", "metaedu"]["spec"]["storageClassName"] == "nfs"
    for each in (*objects.values(), *volumes.values()):
        if each["metadata"]["name"].startswith("metaedu"):
            kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)


def test_switched_off_again_the_services_are_gone(platform: Platform, full: Rendered, before: Rendered) -> None:
    platform.save(**OFF, SERVING_URL="https://serving.example.org")
    assert set(platform.services()) == set(before.services())
    for name in KUBERNETES:
        assert platform.objects(name) == before.objects(name)
    # the service that runs elsewhere is asked
    assert _settings(platform, before)["METAEDU_SERVING_URL"] == "https://serving.example.org"


def test_the_settings_that_the_documentation_names(platform: Platform, plain: Rendered) -> None:
    code = "from tutormetaedu import plugin; print(*plugin.DEFAULTS, *plugin.UNIQUE)"
    offered = {f"METAEDU_{name}" for name in platform.python(code).split()} - {"METAEDU_VERSION"}
    text = (ROOT / "docs/install_tutor.md").read_text(encoding="utf-8").replace('"METAEDU_NOTICE"', "")
    named = set(re.findall(r"METAEDU_[A-Z0-9_]+", text))
    assert offered == named


@pytest.mark.parametrize(
    ("numpy", "kept"), [("numpy==1.26.4", ["numpy==1.26.4", "pyarrow<26"]), ("numpy==2.4.6", ["numpy==2.4.6"])]
)
def test_the_training_image_takes_an_arrow_that_its_numpy_can_load(
    full: Rendered, tmp_path: Path, numpy: str, kept: list[str]
) -> None:
    (guard,) = re.findall(r"{ ! grep .*; }", full.text("plugins/metaedu/build/metaedu-training/Dockerfile"))
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"{numpy}\n")
    subprocess.run(["sh", "-c", guard.replace("/tmp/metaedu-constraints.txt", str(constraints))], check=True)
    assert constraints.read_text().split() == kept


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("metaedu~=0.2", "metaedu[lms]~=0.2"),
        ("git+https://example.org/metaedu@v1", "metaedu[lms]@ git+https://example.org/metaedu@v1"),
        ("metaedu[traces] @ https://example.org/m.whl", "metaedu[lms,traces]@ https://example.org/m.whl"),
    ],
)
def test_what_is_installed_can_be_chosen(platform: Platform, plain: Rendered, package: str, expected: str) -> None:
    code = "import sys; from tutormetaedu.requirement import requirement; print(requirement(sys.argv[1], 'lms'))"
    assert platform.python(code, package).strip().replace(" @ ", "@ ") == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('{"DEBUG": true}', "'DEBUG', which is no setting of metaedu's"),
        ("yes please", 'Give names and values: {"METAEDU_NOTICE"'),
        ('{"METAEDU_X = 1; DEBUG": 1}', "no setting of metaedu's"),
        ('{"METAEDU_X": 2026-01-01}', "Give text, a number"),
    ],
)
def test_settings_that_are_none(platform: Platform, plain: Rendered, settings: str, message: str) -> None:
    code = (
        "import sys, yaml; from tutor.exceptions import TutorError; from tutormetaedu.literal import literal\n"
        "try: print(literal(yaml.safe_load(sys.argv[1])))\nexcept TutorError as error: print('refused:', error)"
    )
    told = platform.python(code, settings)
    assert told.startswith("refused:")
    assert message in told


def test_a_package_that_pip_would_not_understand(platform: Platform, full: Rendered) -> None:
    with pytest.raises(AssertionError, match="METAEDU_PACKAGE is 'meta edu', which pip does not understand"):
        platform.save(PACKAGE="'meta edu'")
    platform.save(PACKAGE="metaedu==0.1.0")


def test_images_and_commands(platform: Platform, full: Rendered) -> None:
    platform.save(**ON)
    for name in ("serving", "training"):
        assert platform.tutor("images", "printtag", f"metaedu-{name}").strip().endswith(f"/metaedu-{name}:0.1.0")
        assert (full.env / f"plugins/metaedu/build/metaedu-{name}/Dockerfile").exists()
    assert "metaedu[lms,training]==0.1.0" in full.text("plugins/metaedu/build/metaedu-training/Dockerfile")
    assert "torch" not in full.text("build/openedx/Dockerfile")
    offered = platform.tutor("local", "do", "--help")
    assert "metaedu-train" in offered
    assert "metaedu-read-courses" in offered


def test_disabled_it_leaves_no_trace_but_the_secrets(platform: Platform, full: Rendered, before: Rendered) -> None:
    secrets = re.findall(r"^METAEDU_\w+_SECRET: .*$", (platform.root / "config.yml").read_text(), re.MULTILINE)
    assert len(secrets) == 2
    platform.tutor("plugins", "disable", "metaedu")
    assert platform.files() == before.files()
    # enabled again, the learners of before are the learners of after
    platform.tutor("plugins", "enable", "metaedu")
    kept = (platform.root / "config.yml").read_text()
    assert all(each in kept for each in secrets)
