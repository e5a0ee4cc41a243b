"""The platform's pages: who may see them, and what they do."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from deploy.demo.access import is_course_staff
from deploy.demo.models import ProblemState
from metaedu_plugin.curriculum import api as curriculum
from tests.demo.conftest import find, form, key

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(demo):
    return lambda name, *args: reverse(f"demo:{name}", args=[demo.key, *args])


@pytest.mark.parametrize("page", [("course",), ("read", "parts"), ("problem", "parts-1")])
def test_pages_need_a_login(client, demo, at, page):
    reply = client.get(at(*page))
    assert reply.status_code == 302
    assert reply.url.startswith("/login/?next=")


@pytest.mark.parametrize("action", ["check", "hint", "show-answer"])
def test_actions_need_a_login(client, demo, at, action):
    reply = client.post(at(action, "parts-1"))
    assert reply.status_code == 401
    assert "log in" in reply.json()["message"]
    assert not ProblemState.objects.exists()


def test_every_page_of_the_course_opens(signed_in, demo, at, emitted):
    assert signed_in.get(at("course")).status_code == 200
    for unit in demo.units:
        assert signed_in.get(at("read", unit.key)).status_code == 200
    for _, problem in demo.problems():
        page = signed_in.get(at("problem", problem.id))
        assert page.status_code == 200
        assert f'data-problem="{demo.block("problem", problem.id)}"' in page.content.decode()
        assert "{" not in page.content.decode().partition("<form")[2].partition("</form>")[0], "a mark was not rendered"


@pytest.mark.parametrize("page", [("read", "none"), ("problem", "none")])
def test_what_is_not_there_is_not_found(signed_in, demo, at, page):
    assert signed_in.get(at(*page)).status_code == 404
    assert signed_in.get("/courses/course-v1:other+c+r/").status_code == 404


def test_the_course_is_joined_once(signed_in, at, emitted):
    signed_in.get(at("course"))
    signed_in.get(at("course"))
    assert [event["name"] for event in emitted] == ["edx.course.enrollment.activated"]


def test_an_answer_is_marked_and_told(signed_in, demo, at, emitted):
    problem = find(demo, "comparing-3")
    reply = signed_in.post(at("check", problem.id), form(problem, "9", "11", "{5/6}")).json()
    assert [part["correctness"] for part in reply["parts"].values()] == ["correct", "incorrect", "correct"]
    assert (reply["right"], reply["attempts"], reply["explanation"]) == (False, 1, "")
    assert reply["problem"] == demo.block("problem", problem.id)
    assert emitted[0]["timestamp"].isoformat() == reply["event_time"]

    reply = signed_in.post(at("check", problem.id), key(problem)).json()
    assert (reply["right"], reply["attempts"]) == (True, 2)
    assert reply["explanation"]
    assert [event["data"]["attempts"] for event in emitted] == [1, 2]


def test_an_unfinished_answer_costs_no_try(signed_in, demo, at, emitted):
    reply = signed_in.post(at("check", "comparing-3"), {"comparing-3_2_1": "nine"})
    assert reply.status_code == 422
    assert set(reply.json()["parts"]) == {"comparing-3_2_1", "comparing-3_3_1", "comparing-3_4_1"}
    assert not emitted
    assert not ProblemState.objects.filter(attempts__gt=0).exists()


def test_hints_come_one_after_the_other(signed_in, demo, at, emitted):
    numbers = [signed_in.post(at("hint", "parts-1")).json()["number"] for _ in range(3)]
    assert numbers == [1, 2, 1]
    assert [event["data"]["hint_index"] for event in emitted] == [0, 1, 0]
    assert {event["name"] for event in emitted} == {"edx.problem.hint.demandhint_displayed"}


def test_the_answer_is_shown_after_two_wrong_tries(signed_in, demo, at, emitted):
    problem = find(demo, "parts-1")
    for tries in (0, 1):
        reply = signed_in.post(at("show-answer", problem.id))
        assert reply.status_code == 403, tries
        signed_in.post(at("check", problem.id), form(problem, "{3/10}"))
    reply = signed_in.post(at("show-answer", problem.id))
    assert reply.status_code == 200
    assert 'aria-label="7/10"' in reply.json()["answers"]["parts-1_2_1"]
    assert [event["name"] for event in emitted] == ["problem_check", "problem_check", "showanswer"]


def test_a_page_is_read_once(signed_in, at, emitted):
    signed_in.post(at("page-read", "parts"))
    signed_in.post(at("page-read", "parts"))
    assert [event["data"]["completion"] for event in emitted] == [1.0]
    assert signed_in.post(at("page-read", "none")).status_code == 404


def test_the_platforms_addresses_lead_to_its_pages(signed_in, demo, at):
    assert signed_in.get(at("jump-to", demo.block("problem", "parts-1"))).url == at("problem", "parts-1")
    assert signed_in.get(at("jump-to", demo.block("html", "read-parts"))).url == at("read", "parts")
    assert signed_in.get(at("jump-to", demo.block("course", "course"))).url == at("course")
    assert signed_in.get(at("jump-to", "block-v1:a+b+c+type@problem+block@parts-1")).status_code == 404


def test_the_shown_accounts_log_in(client, demo):
    for name in ("learner", "instructor", "operator"):
        reply = client.post("/login/", {"username": name, "password": name})
        assert reply.status_code == 302, name
    assert client.post("/login/", {"username": "learner", "password": "x"}).status_code == 200


def test_login_leads_on_only_inside_the_platform(client, demo):
    inside = {"username": "learner", "password": "learner", "next": "/courses/x/"}
    assert client.post("/login/", inside).url == "/courses/x/"
    assert client.post("/login/", {**inside, "next": "https://elsewhere.example/"}).url == "/"


def test_roles(demo):
    users = {user.username: user for user in get_user_model().objects.all()}
    assert not is_course_staff(users["learner"], demo.key)
    assert is_course_staff(users["instructor"], demo.key)
    assert not is_course_staff(users["instructor"], "course-v1:other+c+r")
    assert is_course_staff(users["operator"], demo.key)
    assert curriculum.is_course_staff(user=users["instructor"], course=demo.key)


@pytest.mark.parametrize("page", ["/metaedu/insights/{key}/", "/metaedu/operator/"])
def test_a_learner_does_not_reach_the_pages_of_staff(signed_in, demo, page):
    assert signed_in.get(page.format(key=demo.key)).status_code in {302, 403, 404}


def test_each_role_is_led_to_its_pages(client, demo, at, emitted):
    seen = {}
    for name in ("learner", "instructor", "operator"):
        client.force_login(get_user_model().objects.get(username=name))
        page = client.get(at("course")).content.decode()
        seen[name] = ["/metaedu/insights/" in page, "/metaedu/operator/" in page, "wrong key on purpose" in page]
    assert seen == {
        "learner": [False, False, False],
        "instructor": [True, False, True],
        "operator": [True, True, True],
    }


def test_the_pages_say_that_the_class_is_simulated(client, signed_in, at, emitted):
    assert "simulated" in signed_in.get(at("course")).content.decode()
    client.logout()
    assert "simulated" in client.get("/login/").content.decode()


def test_a_problem_of_imported_answers_is_said_to_be_elsewhere(signed_in):
    address = reverse("demo:jump-to", args=["course-v1:Own+X+1", "block-v1:Own+X+1+type@problem+block@p"])
    answer = signed_in.get(address)
    assert answer.status_code == 200
    assert "block-v1:Own+X+1+type@problem+block@p" in answer.content.decode()
