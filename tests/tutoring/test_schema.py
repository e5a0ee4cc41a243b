"""The schema documents exactly what the endpoints answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring.rest.schema import only_ours
from tests.tutoring.conftest import Ask
from tests.tutoring.events import answered
from tests.tutoring.test_api import ALL

KEPT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
REGENERATE = f"python manage.py spectacular --validate --fail-on-warn --file {KEPT.parent.name}/{KEPT.name}"
ROOT = "/metaedu/api/v1/courses/{course}/"


def made(client: Client, user: User) -> dict[str, Any]:
    client.force_login(user)
    answer = client.get("/metaedu/api/schema/", {"format": "json"})
    assert answer.status_code == 200
    return answer.json()


def test_the_schema_has_our_endpoints_and_no_others(client: Client, ana: User) -> None:
    paths = made(client, ana)["paths"]
    assert {ROOT + what for what, _ in ALL} <= set(paths)
    assert all(path.startswith("/metaedu/") for path in paths)
    for what, _ in ALL:
        names = {each["name"] for each in paths[ROOT + what]["get"].get("parameters", [])}
        assert not {"learner", "user", "user_id"} & names


def test_a_platform_may_have_another_schema_class() -> None:
    script = (
        "import json, os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'deploy.demo.settings';"
        "from django.conf import settings; del settings.REST_FRAMEWORK['DEFAULT_SCHEMA_CLASS']; django.setup();"
        "from django.test import Client; reply = Client().get('/metaedu/api/schema/', {'format': 'json'});"
        "print(*reply.json()['paths'])"
    )
    # in a process of its own, since schemas are made while the views are imported
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"/metaedu/api/v1/operator/status", ROOT + "insights/items/", ROOT + "mastery"} <= set(done.stdout.split())


def test_the_schema_is_made_without_warnings(settings: Any) -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        generator = SchemaGenerator()
        generator.endpoints = None
        schema = generator.get_schema(request=None, public=True)
    ours = {key: value for key, value in GENERATOR_STATS._warn_cache.items() if "tutoring" in key}
    assert not ours
    assert not [key for key in GENERATOR_STATS._error_cache if "tutoring" in key]
    assert JSONRenderer().render(schema)
    assert only_ours([]) == []


def test_the_kept_document_is_the_schema_of_the_whole_project(tmp_path: Path) -> None:
    made_now = tmp_path / "openapi.yaml"
    GENERATOR_STATS.reset()
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(made_now))
    kept = yaml.safe_load(KEPT.read_text())
    assert yaml.safe_load(made_now.read_text()) == kept, f"The API changed. Regenerate its document: {REGENERATE}"


def test_statuses_of_operator_and_learner_have_names_of_their_own() -> None:
    names = set(yaml.safe_load(KEPT.read_text())["components"]["schemas"])
    assert "OperatorStatus" in names
    assert "Status" not in names


@pytest.mark.parametrize(("what", "query"), ALL)
def test_answers_are_as_the_schema_says(ask: Ask, client: Client, ana: User, what: str, query: dict[str, Any]) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    schema = made(client, ana)
    documented = schema["paths"][ROOT + what]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**documented, "components": _with_null(schema["components"])}
    jsonschema.validate(ask(ana, what, **query).json(), whole)


def _with_null(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema says null."""
    if isinstance(node, list):
        return [_with_null(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _with_null(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
