"""The pages behind the page, and what is done there."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.curriculum.models import Page
from metaedu_plugin.insights.models import FindingDecision
from tests.insights.classes import DAY, START, answers, simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]


def url(name, *more, course=COURSE):
    return reverse(f"metaedu_insights:{name}", args=[course, *more])


@pytest.fixture
def faulty(page):
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,), seed=1).answers)
    return page


def stuck_class():
    """Three of twelve get the last six wrong, all this week; two of them are known to the platform by address."""
    rows = [(who, n) for n in range(10) for who in range(12)]
    store(
        answers(
            learner=[who for who, _n in rows],
            item=[n for _who, n in rows],
            correct=[who > 2 or n < 4 for who, n in rows],
            time=[START + n * DAY / 10 + who for who, n in rows],
        )
    )
    stuck = list(Learner.objects.order_by("id")[:3])
    for n, one in enumerate(stuck[:2]):
        user = get_user_model().objects.create_user(f"u{n}", email=f"u{n}@example.org", first_name=f"Name{n}")
        Learner.objects.filter(pk=one.pk).update(user_id=user.pk)
    return stuck


def everything(page):
    html = page.get(url("page")).content.decode()
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)
    return html


def test_an_item_has_a_page_with_its_figures_and_choices(page):
    curriculum(items=2)
    given = answers(
        learner=[*range(30), *range(30)],
        item=[0] * 30 + [1] * 30,
        correct=[n % 3 == 0 for n in range(60)],
        choice=[n % 3 for n in range(60)],
    )
    store(given)
    Response.objects.filter(item="item000", correct=False).update(choice="choice_1")
    html = page.get(url("item"), {"item": "item000"}).content.decode()
    assert "Item 0" in html and "option 2" in html and "20 learners" in html
    assert "in-interval" in html and not re.search(r"\sstyle=|\son\w+=", html)
    assert page.get(url("item"), {"item": "elsewhere"}).status_code == 404


def test_an_item_s_page_has_its_months_and_says_whether_they_mean_something(page):
    from tests.insights.statistics.test_structure import over_months

    curriculum(items=20)
    given = over_months(seed=0, moved=4)
    given.time[:] += 12 * 3600  # noon: no month begins in between, whatever the time zone
    store(given)
    moved = page.get(url("item"), {"item": "item004"}).content.decode()
    assert "changed beyond chance, at equal" in moved and "2026-02" in moved and "Becomes easier: Item 4" in moved
    still = page.get(url("item"), {"item": "item005"}).content.decode()
    assert "No change beyond chance" in still and "2026-02" in still


def test_an_item_that_is_marked_as_faulty_is_out_of_findings_skills_and_suggestions_until_taken_back(faulty):
    assert "Perhaps faulty: Item 7" in everything(faulty)
    before = {one["key"]: one for one in faulty.get(url("skills")).json()}
    assert "item007" in [one.item for one in teaching.course_map(course=COURSE).candidates]
    answer = faulty.post(url("item"), {"item": "item007", "do": "faulty", "back": url("page")}, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain == [(url("page"), 302)] and "Marked as faulty: it is not suggested" in html
    assert "Perhaps faulty: Item 7" not in html
    after = {one["key"]: one for one in faulty.get(url("skills")).json()}
    assert after["skill1"]["answers"] == before["skill1"]["answers"] - 200
    assert "item007" not in [one.item for one in teaching.course_map(course=COURSE).candidates]
    html = faulty.get(url("item"), {"item": "item007"}).content.decode()
    assert "marked as faulty" in html and "It is sound again" in html
    faulty.post(url("item"), {"item": "item007", "do": "sound"})
    assert "Perhaps faulty: Item 7" in everything(faulty)


def test_marks_are_for_items_of_the_course_alone(faulty):
    assert faulty.post(url("item"), {"item": "elsewhere", "do": "faulty"}).status_code == 404
    assert not teaching.faulty_items(course=COURSE)


def test_an_item_is_retagged_on_its_page(faulty):
    html = faulty.get(url("item"), {"item": "item007"}).content.decode()
    assert re.search(r'value="skill1" checked', html) and not re.search(r'value="skill0" checked', html)
    answer = faulty.post(url("item"), {"item": "item007", "do": "retag", "skill": ["skill0"]}, follow=True)
    assert "Tagged." in answer.content.decode()
    assert teaching.skills_of(course=COURSE, items=["item007"]) == {"item007": ("skill0",)}
    answer = faulty.post(url("item"), {"item": "item007", "do": "retag", "skill": ["nowhere"]}, follow=True)
    assert "me-note-error" in answer.content.decode()
    assert teaching.skills_of(course=COURSE, items=["item007"]) == {"item007": ("skill0",)}


def test_something_to_read_is_added_to_a_skill(faulty):
    given = {"skill": "skill1", "title": "Once more", "url": "https://example.org/more"}
    assert "Added" in faulty.post(url("add-reading"), given, follow=True).content.decode()
    assert [one.title for one in teaching.pages(course=COURSE, skill="skill1")] == ["Once more"]
    answer = faulty.post(url("add-reading"), {**given, "url": "javascript:alert(1)"}, follow=True)
    assert "me-note-error" in answer.content.decode() and Page.objects.count() == 2


def test_nobody_is_sent_to_another_site(faulty):
    answer = faulty.post(url("item"), {"item": "item007", "do": "faulty", "back": "https://evil.example/"})
    assert answer.url.startswith("/metaedu/insights/")


def finding_about_learners(page):
    return next(one for one in page.get(url("findings")).json()["findings"] if one["reason"] == "stuck_on_skill")


def test_a_message_is_prepared_and_nothing_is_sent(page, mailoutbox):
    curriculum(items=10)
    stuck_class()
    finding = finding_about_learners(page)
    assert {one["name"] for one in finding["who"]} >= {"Name0", "Name1"}
    html = page.get(url("message"), {"finding": finding["key"]}).content.decode()
    assert "u0@example.org, u1@example.org" in html and "mailto:?bcc=u0%40example.org,u1%40example.org&amp;" in html
    assert "Of 1 learner there is no address here" in html
    assert "Name0" not in html  # receivers are not told to each other
    assert mailoutbox == []


def test_the_operator_can_keep_addresses_to_the_platform(page, settings):
    settings.METAEDU_MESSAGE_ADDRESSES = False
    curriculum(items=10)
    stuck_class()
    html = page.get(url("message"), {"finding": finding_about_learners(page)["key"]}).content.decode()
    assert "example.org" not in html and "Copy the message" in html


def test_a_long_list_of_addresses_becomes_several_links():
    from metaedu_plugin.insights.messages import MOST_ADDRESS, _links

    known = [f"somebody.{n:03d}@university.example.org" for n in range(200)]
    links = _links(known, "Subject", "Body\n" * 20)
    assert len(links) > 1 and max(map(len, links)) <= MOST_ADDRESS + 10
    assert sum(link.count("%40") for link in links) == 200


def test_a_learner_has_a_page(page):
    curriculum(items=10)
    one, *_ = stuck_class()
    html = page.get(url("learner", one.pseudonym)).content.decode()
    assert "Name0" in html and "10 answers" in html and "40\u00a0%" in html
    assert "Need help now: Skill" in html and "Suggested now: “Item 0”" in html
    assert html.count("<strong>wrong</strong>") == 6 and "Item 9" in html
    assert "in-interval" in html and not re.search(r"\sstyle=|\son\w+=", html)
    assert page.get(url("learner", "0" * 32)).status_code == 404


def test_a_learner_of_another_course_has_no_page_here(page):
    curriculum(items=10)
    stuck_class()
    given = simulate(learners=3, items=4).answers
    given.learners[:] = ["elsewhere0", "elsewhere1", "elsewhere2"]
    store(given, course="other")
    stranger = Learner.objects.order_by("-id").first()
    assert page.get(url("learner", stranger.pseudonym)).status_code == 404


@pytest.mark.parametrize("name", ["item", "message", "learner", "add-reading", "digest"])
def test_none_of_it_exists_for_those_who_do_not_teach_the_course(client, name, teacher):
    more = ["0" * 32] if name == "learner" else []
    method = client.post if name in {"add-reading", "digest"} else client.get
    assert method(url(name, *more)).status_code == 302  # to sign in
    client.force_login(get_user_model().objects.create_user("somebody"))
    assert method(url(name, *more)).status_code == 404


@pytest.mark.parametrize(
    "given",
    [{}, {"finding": "x"}, {"group": "1"}, {"group": "-1"}, {"group": "²"}, {"learner": "x"}, {"finding": ""}],
)
def test_a_message_to_nobody_is_not_there(faulty, given):
    assert faulty.get(url("message"), given).status_code == 404


def decide(page, finding, decision, reason=""):
    body = {"finding": finding, "decision": decision, "reason": reason}
    return page.post(url("decisions"), body, content_type="application/json")


def test_what_is_called_not_useful_sinks_and_is_told_so(faulty):
    key = "faulty_item:item007"
    assert "Sunk so far" not in everything(faulty)
    assert decide(faulty, key, "not_useful").status_code == 200
    assert FindingDecision.objects.get().decision == "not_useful"
    html = everything(faulty)
    assert "Sunk so far: perhaps faulty." in html and ": not useful" in html
    assert decide(faulty, key, "open").status_code == 200
    assert "Sunk so far" not in everything(faulty)


def test_groups_are_told_in_words_with_a_message_to_them(page):
    from tests.insights.statistics.test_structure import crowd

    curriculum(items=20)
    given = crowd(seed=1, guessers=40)
    store(given)
    rows = list(Response.objects.order_by("id"))
    for row, seconds, hints in zip(rows, given.seconds, given.hints, strict=True):
        row.seconds, row.hints = float(seconds), int(hints)
    Response.objects.bulk_update(rows, ["seconds", "hints"], batch_size=400)
    html = everything(page)
    assert 'id="groups"' in html and "They come on few days" in html
    answer = page.get(url("message"), {"group": "1"})
    assert answer.status_code == 200 and "Group 1" in answer.content.decode()
