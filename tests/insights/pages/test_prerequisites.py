"""What comes first: suggestions accepted where they are made, prerequisites by hand, and what was changed by whom."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.insights.models import FindingDecision
from tests.insights.courses import COURSE
from tests.insights.courses import capture as store
from tests.insights.findings.test_deeper import planted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
URL = f"/metaedu/insights/{COURSE}/prerequisites/"
FINDING = "suggested_prerequisite:skill1>skill4"


@pytest.fixture
def course():
    store(planted(seed=4, learners=300, needs={4: 1}, related=0.3))


def needs():
    return {key: one.prerequisites for key, one in teaching.skills(course=COURSE).items() if one.prerequisites}


def post(page, **given):
    answer = page.post(URL, given, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_the_answers_suggest_is_declared_with_one_button_where_it_is_told(page, course):
    for where in (f"/metaedu/insights/{COURSE}/", URL):
        said = page.get(where).content.decode()
        assert "Perhaps needed first: Skill 1" in said and "Declare it" in said
    said = post(page, do="accept", finding=FINDING, back=f"/metaedu/insights/{COURSE}/")
    assert "Declared: learners who are weak there" in said and "Perhaps needed first" not in said
    assert needs() == {"skill4": ("skill1",)}
    assert FindingDecision.objects.get().decision == "accepted"
    said = page.get(URL).content.decode()
    assert "What the answers suggest" not in said
    assert "“Skill 1” before “Skill 4” declared" in said


def test_a_finding_that_does_not_hold_is_not_found(page, course):
    for finding in ("suggested_prerequisite:skill2>skill3", "", "two_skills:skill1"):
        assert page.post(URL, {"do": "accept", "finding": finding}).status_code == 404
    assert needs() == {}


def test_declared_by_hand_withdrawn_and_taken_back(page, course):
    assert "Declared: " in post(page, do="declare", skill="skill2", before="skill0")
    assert "It is so already" in post(page, do="declare", skill="skill2", before="skill0")
    said = post(page, do="withdraw", skill="skill2", before="skill0")
    assert "Withdrawn: " in said and needs() == {}
    (withdrawal, _) = teaching.prerequisite_changes(course=COURSE)
    assert "Taken back" in post(page, do="undo", change=withdrawal.id)
    assert needs() == {"skill2": ("skill0",)}
    assert withdrawal.by == COURSE, "who did it is logged"


def test_circles_and_nonsense_are_refused_in_words(page, course):
    post(page, do="declare", skill="skill2", before="skill0")
    said = post(page, do="declare", skill="skill0", before="skill2")
    assert "circle" in said and "“Skill 2” needs “Skill 0”" in said
    assert "has no skill “nowhere”" in post(page, do="declare", skill="skill0", before="nowhere")
    for change in ("0", "x", "²", "9" * 30, ""):
        assert "no such change" in post(page, do="undo", change=change)
    post(page, do="something")
    assert needs() == {"skill2": ("skill0",)}


def test_before_there_are_skills_it_says_what_it_takes(page):
    said = page.get(URL).content.decode()
    assert "Nothing yet." in said and "It takes two skills" in said


def api(name):
    return reverse(f"metaedu_insights:{name}", args=[COURSE])


def send(page, name, **given):
    return page.post(api(name), given, content_type="application/json")


def test_over_the_api(page, course):
    assert send(page, "prerequisites-told", skill="skill2", before="skill0", declared=True).status_code == 200
    assert send(page, "prerequisites-told", skill="skill2", before="skill0", declared=True).status_code == 200
    told = page.get(api("prerequisites-told")).json()
    assert told["declared"] == [{"skill": "skill2", "before": ["skill0"]}]
    assert [(one["declared"], one["by"], one["holds"]) for one in told["changes"]] == [(True, COURSE, True)]
    refused = send(page, "prerequisites-told", skill="skill0", before="skill2", declared=True)
    assert refused.status_code == 400 and "circle" in refused.json()["detail"]
    assert send(page, "prerequisites-told", skill="skill0").status_code == 400


def test_items_are_marked_tagged_and_given_something_to_read_over_the_api(page, course):
    assert send(page, "mark-faulty", item="item003", faulty=True).json() == {"item": "item003", "faulty": True}
    assert teaching.faulty_items(course=COURSE) == {"item003"}
    assert send(page, "mark-faulty", item="item003", faulty=False).status_code == 200
    assert not teaching.faulty_items(course=COURSE)
    assert send(page, "mark-faulty", item="of another course", faulty=True).status_code == 404
    assert send(page, "retag", item="item003", skills=["skill1", "skill2"]).status_code == 200
    assert set(teaching.skills_of(course=COURSE, items=["item003"])["item003"]) == {"skill1", "skill2"}
    wrong = send(page, "retag", item="item003", skills=["nowhere"])
    assert wrong.status_code == 400 and "nowhere" in wrong.json()["detail"]
    assert send(page, "reading-added", skill="skill1", title="More", url="/more").status_code == 200
    assert [(one.url, one.skills) for one in teaching.pages(course=COURSE)] == [("/more", ("skill1",))]
    wrong = send(page, "reading-added", skill="skill1", title="More", url="javascript:alert(1)")
    assert wrong.status_code == 400 and "address must begin with" in wrong.json()["detail"]


@pytest.mark.parametrize("name", ["mark-faulty", "retag", "reading-added", "prerequisites-told"])
def test_nobody_else_writes(client, course, name):
    body = {"item": "item003", "faulty": True, "skills": [], "skill": "skill1", "before": "skill0", "declared": True}
    more = {"title": "x", "url": "/x"}
    assert send(client, name, **body, **more).status_code in {401, 403}
    client.force_login(get_user_model().objects.create_user("learner"))
    assert send(client, name, **body, **more).status_code == 404
    assert (needs(), teaching.faulty_items(course=COURSE), teaching.pages(course=COURSE)) == ({}, frozenset(), [])
