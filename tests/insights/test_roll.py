"""The class list: search, order, pages."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from metaedu_plugin.capture.models import Learner
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
LEARNERS = 130


@pytest.fixture(autouse=True)
def people():
    curriculum(items=6)
    store(simulate(learners=LEARNERS, items=6, missing=0.3).answers)
    users = get_user_model().objects
    for row, (first, last) in zip(
        Learner.objects.order_by("id"), [("Ada", "Lovelace"), ("Alan", "Turing"), ("<b>", "Bold")], strict=False
    ):
        user = users.create_user(f"user{row.pk}", first_name=first, last_name=last)
        Learner.objects.filter(pk=row.pk).update(user_id=user.pk)


def shown(client, **asked):
    html = client.get(reverse("metaedu_insights:learners", args=[COURSE]), asked).content.decode()
    return html, re.findall(r'<th scope="row" data-value="([^"]*)"', html)


def test_each_learner_stands_on_one_of_the_pages(page):
    pages = [shown(page, page=n)[1] for n in (1, 2, 3)]
    assert [len(names) for names in pages] == [50, 50, 30]
    assert len({name for names in pages for name in names}) == LEARNERS


@pytest.mark.parametrize("asked", ["lovelace", "ADA", "ada love", "love ada", "user"])
def test_a_name_is_found_by_any_of_its_words(page, asked):
    assert "Ada Lovelace" in shown(page, q=asked)[1]
    assert "Alan Turing" not in shown(page, q="ada love")[1]


def test_a_learner_without_a_name_is_found_by_the_code(page):
    code = Learner.objects.order_by("-id").first().pseudonym[:6]
    assert f"Learner {code}" in shown(page, q=f"Learner {code}")[1]
    assert f"Learner {code}" in shown(page, q=code)[1]


def test_nobody_of_that_name(page):
    html, names = shown(page, q="zzz")
    assert not names and "Nobody of that name" in html


def test_what_makes_no_sense_in_the_address_is_left_aside(page):
    assert len(shown(page, sort="'; drop", page="-3", finding="none", q="\0")[1]) == LEARNERS % 50
    assert len(shown(page, page="x")[1]) == 50


def test_names_are_shown_as_text(page):
    html, names = shown(page, q="bold")
    assert "<b>" not in html.replace("<b>", "", 0).split("<tbody>")[1] and names == ["&lt;b&gt; Bold"]


def test_order(page):
    html, _ = shown(page, sort="answers")
    counts = [int(n) for n in re.findall(r'<td class="me-number" data-value="(\d+)">\1</td>', html)]
    assert len(counts) == 50 and counts == sorted(counts)


def test_the_page_after_asks_the_same(page):
    html, _ = shown(page, sort="success", q="le")
    assert all("sort=success" in link for link in re.findall(r'href="\?([^"]*)"', html))


def test_whom_the_map_leaves_out_has_mastery_here(page, monkeypatch):
    monkeypatch.setattr("metaedu_plugin.insights.mastery.MAX_MAP_LEARNERS", 5)
    html, _ = shown(page, page=3)
    assert html.count('class="in-cell in-band-') > 30
    assert html.count("in-band-none") < html.count('class="in-cell ')


def test_a_finding_narrows_the_list(page):
    findings = page.get(reverse("metaedu_insights:findings", args=[COURSE])).json()["findings"]
    one = next(each for each in findings if 0 < len(each["who"]) < 50)
    _html, names = shown(page, finding=one["key"])
    assert sorted(names) == sorted(each["name"] for each in one["who"])


def test_names_are_looked_up_for_those_shown_alone(page):
    shown(page)
    with CaptureQueriesContext(connection) as queries:
        shown(page)
    named = [query["sql"] for query in queries if "auth_user" in query["sql"] and " IN (" in query["sql"]]
    pseudonyms = [query["sql"] for query in queries if "pseudonym" in query["sql"] and " IN (" in query["sql"]]
    assert len(pseudonyms) == 1 and pseudonyms[0].count("'") == 2 * 50 and len(named) <= 1


def test_others_do_not_see_it(client):
    client.force_login(get_user_model().objects.create_user("somebody"))
    assert client.get(reverse("metaedu_insights:learners", args=[COURSE])).status_code == 404
