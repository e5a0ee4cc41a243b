"""A learner whose browser asks for Chinese gets Chinese, and nothing of metaedu's in English."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from tests.tutoring.events import answered, problem

CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)


@pytest.fixture
def client(course: str, ana: User) -> Client:
    """Ana, after some answers."""
    for number in range(12):
        capture.receive(
            event=answered(user=ana.pk, name=f"add{number % 3 + 1}", attempt=number + 1, right=number % 3 > 0)
        )
    client = Client()
    client.force_login(ana)
    return client


def _english(text: str, course: str) -> list[str]:
    """What is in Latin letters, less the titles that the course's author has chosen."""
    titles = {each.title for each in curriculum.skills(course=course).values()}
    titles |= {each.title for each in curriculum.items(course=course).values()}
    titles |= {each.title for each in curriculum.pages(course=course)}
    known = curriculum.course(key=course)
    titles |= {known.title} if known else set()
    for title in sorted(titles, key=len, reverse=True):
        text = text.replace(title, "")
    return [
        each for each in re.findall(r"[A-Za-z][A-Za-z ']{3,}", text) if not re.match(r"metaedu|shipped|course", each)
    ]


@pytest.mark.parametrize("name", ["learn", "map", "mine", "shown"])
def test_the_pages(client: Client, course: str, name: str) -> None:
    client.get(f"/metaedu/api/v1/courses/{course}/next")
    answer = client.get(reverse(f"metaedu_tutoring:{name}", args=[course]), headers=CHINESE)
    said = answer.content.decode()
    assert '<html lang="zh-hans"' in said
    assert "我的计划" in said
    # the frame around it is the platform's
    (main,) = re.findall(r"<main\b.*</main>", said, re.DOTALL)
    assert _english(TAGS.sub("\n", main), course) == []


def _sentences(value: Any) -> list[str]:
    """Texts with a blank in them: codes and keys have none."""
    if isinstance(value, dict):
        return [each for part in value.values() for each in _sentences(part)]
    if isinstance(value, list):
        return [each for part in value for each in _sentences(part)]
    return [value] if isinstance(value, str) and (" " in value or re.search("[一-鿿]", value)) else []


@pytest.mark.parametrize("name", ["next", "mastery", "plan"])
def test_the_api(client: Client, course: str, name: str) -> None:
    answer = client.get(f"/metaedu/api/v1/courses/{course}/{name}", headers=CHINESE)
    assert answer.status_code == 200
    said = _sentences(answer.json())
    assert [each for each in said if re.search("[一-鿿]", each)]
    assert [each for text in said for each in _english(text, course)] == []


@pytest.mark.parametrize("right", [True, False])
def test_the_feedback(client: Client, course: str, ana: User, right: bool) -> None:
    capture.receive(event=answered(user=ana.pk, name="add1", attempt=13, right=right))
    asked = {"problem": problem("add1")}
    answer = client.get(f"/metaedu/api/v1/courses/{course}/feedback", asked, headers=CHINESE).json()
    assert answer["status"] == "ready"
    assert answer["headline"].startswith("答对了" if right else "还没有答对")
    assert [each for text in _sentences(answer) for each in _english(text, course)] == []
