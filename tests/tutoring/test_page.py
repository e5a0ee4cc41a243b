"""My plan, as a learner gets it."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from tests.tutoring.events import COURSE, answered


@pytest.fixture
def page(course: str, ana: User) -> Any:
    """`page(**query)`: the page as ana sees it."""
    client = Client()
    client.force_login(ana)

    def get(of: str = course, **query: Any) -> Any:
        return client.get(f"/metaedu/learn/{of}/", query)

    return get


def text(answer: Any) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("answers", [0, 1, 30])
def test_the_page_for_any_number_of_answers(page: Any, ana: User, answers: int) -> None:
    for number in range(answers):
        capture.receive(
            event=answered(user=ana.pk, name=f"add{number % 3 + 1}", attempt=number + 1, right=number % 3 > 0)
        )
    answer = page()
    assert answer.status_code == 200
    said = text(answer)
    assert "Fractions from scratch" in said
    assert "Based on a general model, not yet on one trained on this platform." in said
    assert "Why am I shown this?" in said
    assert said.count("me-range-svg") == (1 if answers else 0)
    assert ("Nothing here yet. Your first answer starts the picture." in said) == (answers == 0)
    assert ("Too early to say</span>" in said) == (answers == 1)


def test_the_range_has_words_for_those_who_do_not_see_it(page: Any, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk))
    assert re.search(r'role="img" aria-label="between \d+ and \d+ of 100"', text(page()))


def test_date_and_minutes_work_without_script(page: Any) -> None:
    until = timezone.localdate() + datetime.timedelta(days=2)
    said = text(page(until=until.isoformat(), minutes_a_day=5))
    assert f'value="{until.isoformat()}"' in said
    assert "with 5 minutes a day" in said
    assert "me-note-warn" not in said


@pytest.mark.parametrize("query", [{"until": "2020-01-01"}, {"until": "x"}, {"minutes_a_day": "-3"}])
def test_a_wish_that_cannot_be_is_explained_and_the_page_stays(page: Any, query: dict[str, str]) -> None:
    answer = page(**query)
    assert answer.status_code == 200
    assert "me-note-warn" in text(answer)
    assert "Today" in text(answer)


def test_nothing_inline_for_a_strict_content_policy(page: Any, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk))
    said = text(page())
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", said)
    assert not re.search(r"<script(?![^>]*\bsrc=)", said)


def test_titles_are_text_and_never_markup(page: Any, ana: User) -> None:
    curriculum.save_course(key=COURSE, title="<script>alert(1)</script>")
    assert "<script>alert" not in text(page())


def test_off_unknown_and_failed_each_have_words(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = page(of="nowhere")
    assert unknown.status_code == 404
    assert "There is no such course here." in text(unknown)
    curriculum.set_enabled(course=COURSE, enabled=False)
    off = page()
    assert off.status_code == 200
    assert "not switched on" in text(off)
    curriculum.set_enabled(course=COURSE, enabled=True)

    def broken() -> None:
        raise RuntimeError("the registry is gone")

    monkeypatch.setattr("metaedu_plugin.registry.api.tutor", broken)
    failed = page()
    assert failed.status_code == 503
    assert "Your answers are safe." in text(failed)


def test_who_is_not_signed_in_is_asked_to(course: str, client: Client) -> None:
    answer = client.get(f"/metaedu/learn/{course}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_nobody_is_compared_with_anybody(page: Any, ana: User, ben: User) -> None:
    for number in range(4):
        capture.receive(event=answered(user=ben.pk, name="add1", attempt=number + 1))
    said = text(page())
    assert "Nothing here yet." in said
    assert "ben" not in re.findall(r"\w+", said)
