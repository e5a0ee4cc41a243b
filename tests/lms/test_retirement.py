"""A retired user leaves nothing behind, by the endpoints that the platform's retirement pipeline calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from metaedu_plugin.capture import api as capture


@pytest.fixture
def operator(person: Callable[..., Any]) -> Any:
    """Whoever runs the retirement pipeline."""
    return person(is_staff=True, is_superuser=True)


def retire(operator: Any, somebody: Any, *steps: str) -> list[int]:
    """As the pipeline does: a retirement under way, then its steps with the operator's token."""
    from openedx.core.djangoapps.oauth_dispatch.jwt import create_jwt_for_user
    from openedx.core.djangoapps.user_api.models import RetirementState, UserRetirementStatus

    for order, name in enumerate(("PENDING", "RETIRING_LMS", "COMPLETE")):
        RetirementState.objects.get_or_create(state_name=name, defaults={"state_execution_order": order})
    asked = UserRetirementStatus.objects.filter(original_username=somebody.user.username).first()
    asked = asked or UserRetirementStatus.create_retirement(somebody.user)
    asked.current_state = asked.last_state = RetirementState.objects.get(state_name="RETIRING_LMS")
    asked.save()
    return [
        operator.client.post(
            f"/api/user/v1/accounts/{step}/",
            {"username": asked.original_username},
            content_type="application/json",
            headers={"authorization": f"JWT {create_jwt_for_user(operator.user)}"},
        ).status_code
        for step in steps
    ]


def traces(pseudonym: str, user_id: int, folder: Path) -> list[str]:
    """Every row of ours that names the person, in the database and in the store of states, and every file."""
    found = []
    ours = [app for app in apps.get_app_configs() if app.label.startswith("metaedu_")]
    for model in (model for app in ours for model in app.get_models()):
        for row in model._default_manager.values():
            if pseudonym in map(str, row.values()) or row.get("user_id") == user_id:
                found.append(f"{model._meta.label}: {row}")
    for path in (path for path in folder.rglob("*") if path.is_file() and ".sqlite3" not in path.name):
        data = path.read_bytes()
        if pseudonym.encode() in data or f'"user_id":{user_id},'.encode() in data:
            found.append(str(path))
    with closing(sqlite3.connect(folder / "states.sqlite3")) as states:
        for (table,) in states.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = states.execute(f"SELECT * FROM {table}").fetchall()
            found.extend(f"{table}: {row[:3]}" for row in rows if pseudonym in map(str, row))
    return found


def test_a_retired_user_leaves_nothing(course: Any, learner: Any, operator: Any, settings: Any) -> None:
    for choice in ("choice_0", "choice_1"):
        learner.answer(course.problems["capital"], part_2_1=choice)
    assert learner.ask(course, "feedback", problem=str(course.problems["capital"])).json()["status"] == "ready"
    learner.answer(course.problems["sums"], part_2_1="5", part_3_1="8")  # still in the spool
    user_id, folder = learner.user.pk, settings.METAEDU_DATA_DIR
    pseudonym = capture.learner_for(user_id=user_id)
    assert len(traces(pseudonym, user_id, folder)) > 2

    # The pipeline's order, and the first step once more: it repeats a step that timed out.
    assert retire(operator, learner, "retire_misc", "retire", "retire") == [204, 204, 204]

    assert traces(pseudonym, user_id, folder) == []
    capture.drain()
    assert traces(pseudonym, user_id, folder) == []


def test_others_keep_what_they_have(course: Any, learner: Any, person: Callable[..., Any], operator: Any) -> None:
    other = person()
    other.enrol(course.key)
    for somebody in (learner, other):
        somebody.answer(course.problems["capital"], part_2_1="choice_1")
    capture.drain()

    assert retire(operator, learner, "retire") == [204]

    kept = capture.responses(course=str(course), learner=capture.learner_for(user_id=other.user.pk))
    assert len(list(kept)) == 1


def test_somebody_who_never_answered(learner: Any, operator: Any) -> None:
    assert retire(operator, learner, "retire", "retire_misc") == [204, 204]
