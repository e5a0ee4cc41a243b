"""The compose file: it parses, every command in it exists, and it sets nothing that the settings do not read."""

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML comes with drf-spectacular")
ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def test_everything_that_the_grown_form_needs_is_there():
    assert {"database", "redis", "web", "worker", "worker-gpu", "serving", "migrate"} <= SERVICES.keys()
    devices = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices[0]["capabilities"] == ["gpu"]


def test_services_wait_for_what_exists():
    for name, service in SERVICES.items():
        for other in service.get("depends_on", {}):
            assert other in SERVICES, f"{name} waits for {other}"
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]


def test_every_variable_is_read_somewhere():
    code = "\n".join(path.read_text() for folder in ("deploy", "serving") for path in (ROOT / folder).rglob("*.py"))
    for name in COMPOSE["x-metaedu"]["environment"]:
        assert f'"{name}"' in code, f"nothing reads {name}"


def test_the_commands_exist():
    scripts = (ROOT / "pyproject.toml").read_text()
    for name, service in SERVICES.items():
        command = service.get("command", [])
        if command and "build" in service:
            known = {"python", "granian", "celery"} | set(re.findall(r"^(metaedu-\S+) =", scripts, re.M))
            assert command[0] in known, f"{name} runs {command[0]}"
    from serving.cli import main

    with pytest.raises(SystemExit) as shown:
        main(["--help"])
    assert shown.value.code == 0


def test_the_databases_of_the_grown_form_are_understood(tmp_path):
    from deploy.demo.databases import from_address

    address = COMPOSE["x-metaedu"]["environment"]["METAEDU_DATABASE"]
    filled = re.sub(r"\$\{[^}]*\}", "secret", address)
    told = from_address(filled, default=tmp_path / "x")
    assert (told["ENGINE"], told["HOST"], told["NAME"]) == ("django.db.backends.postgresql", "database", "metaedu")
