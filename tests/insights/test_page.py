import csv
import io
import re
import time
from html.parser import HTMLParser

import pyarrow.parquet as pq
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Learner
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.insights import selectors, urls
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.registry import api as registry
from serving.types import Response as ServingResponse
from tests.insights.classes import answers, simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db


def url(name):
    return reverse(f"metaedu_insights:{name}", args=[COURSE])


class Table(HTMLParser):
    """`data-value` of the cells of a table's body, row by row."""

    def __init__(self, name):
        super().__init__()
        self.name, self.inside, self.rows = name, False, []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "table":
            self.inside = given.get("id") == self.name
        elif self.inside and tag == "tr":
            self.rows.append([])
        elif self.inside and "data-value" in given:
            self.rows[-1].append(given["data-value"])

    @classmethod
    def of(cls, html, name):
        parser = cls(name)
        parser.feed(html)
        return [row for row in parser.rows if row]


def download(client, name):
    text = b"".join(client.get(url(name)).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("learners", [0, 1, 200])
def test_the_page_renders_whatever_the_size_of_the_class(page, learners):
    curriculum(items=12)
    if learners:
        store(simulate(learners=learners, items=12).answers)
    html = page.get(url("page")).content.decode()
    assert "Algebra &amp; more" in html and ("Skill &lt;0&gt;" in html) == bool(learners)
    assert ("No answers yet" in html) == (learners == 0)
    assert ("Not enough answers yet to judge items" in html) == (learners == 1)


def test_a_course_that_nobody_has_heard_of_is_empty_not_broken(page):
    html = page.get(url("page")).content.decode()
    assert "No answers yet" in html and "no skills yet" in html


def test_the_page_shows_the_finding_with_evidence_action_and_link(page):
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,)).answers)
    html = page.get(url("page")).content.decode()
    assert "Perhaps faulty: Item 7" in html
    assert "Check the answer key" in html and 'href="/problem/7"' in html
    assert "not enough answers yet" not in html


def test_no_inline_script_or_style(page):
    curriculum(items=12)
    store(simulate(learners=50, items=12).answers)
    html = page.get(url("page")).content.decode()
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)
    for script in re.findall(r"<script[^>]*>", html):
        assert "src=" in script or 'type="application/json"' in script


def test_names_are_those_of_the_platform(page):
    store(answers(learner=[0, 1], item=[0, 1], correct=[True, False]))
    known, imported = Learner.objects.order_by("id")
    user = get_user_model().objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    Learner.objects.filter(pk=known.pk).update(user_id=user.pk)
    rows = {row["learner"]: row["name"] for row in download(page, "learners-csv")}
    assert rows == {known.pseudonym: "Ada Lovelace", imported.pseudonym: f"Learner {imported.pseudonym[:6]}"}


def test_a_name_that_looks_like_a_formula_is_harmless_in_a_spreadsheet(page):
    store(answers(learner=[0], item=[0], correct=[True]))
    user = get_user_model().objects.create_user("x", first_name="=HYPERLINK(1)")
    Learner.objects.update(user_id=user.pk)
    assert download(page, "learners-csv")[0]["name"] == "'=HYPERLINK(1)"


def test_the_items_download_is_the_page_s_table(page):
    curriculum(items=12)
    store(simulate(learners=60, items=12, missing=0.2).answers)
    shown = Table.of(page.get(url("page")).content.decode(), "items-table")
    columns = ["title", "learners", "first_attempt_success", "difficulty", "discrimination", "attempts", "hint_share"]
    columns += ["median_seconds", "wrong_choice"]
    assert [[row[name] for name in columns] for row in download(page, "items-csv")] == shown
    assert len(shown) == 12


def test_the_learners_download_is_the_page_s_map(page):
    curriculum(items=12)
    store(simulate(learners=30, items=12).answers)
    shown = Table.of(page.get(url("page")).content.decode(), "map-table")
    columns = ["name", "mean_mastery", "Skill <0>", "Skill <1>"]
    rows = [[row[name] for name in columns] for row in download(page, "learners-csv")]
    assert len(rows) == 30 and len(shown) == 25
    assert rows[:25] == shown


@pytest.mark.parametrize("name", ["items", "skills", "learners"])
def test_parquet_holds_what_csv_holds_of_more_rows_than_one_group(page, name):
    curriculum(items=12)
    store(simulate(learners=1100, items=3).answers)
    assert url(f"{name}-parquet") in page.get(url("page")).content.decode()
    found = pq.read_table(io.BytesIO(b"".join(page.get(url(f"{name}-parquet")).streaming_content))).to_pylist()
    as_text = [{key: "" if value is None else str(value) for key, value in row.items()} for row in found]
    assert as_text == download(page, f"{name}-csv") and as_text


def test_the_skills_download_is_what_the_api_tells(page):
    curriculum(items=12)
    store(simulate(learners=60, items=12).answers)
    told = page.get(url("skills")).json()
    rows = download(page, "skills-csv")
    assert [(r["skill"], float(r["first_attempt_success"]), float(r["gain low"])) for r in rows] == [
        (one["key"], one["success"]["value"], one["gain"]["low"]) for one in told
    ]


def test_the_api_tells_what_the_page_shows(page):
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,)).answers)
    told = page.get(url("findings")).json()
    html = page.get(url("page")).content.decode()
    assert told["responses"] == 3200 and told["waiting"] == ""
    assert [one["subject"]["title"] for one in told["findings"] if one["reason"] == "faulty_item"] == ["Item 7"]
    assert all(f'data-finding="{one["key"]}"' in html for one in told["findings"])
    assert len(page.get(url("items")).json()) == 16
    curves = page.get(url("learning-curves")).json()
    assert [len(one["points"]) for one in curves] == [8, 8]
    table = page.get(url("mastery-map")).json()
    assert table["skills"] == ["skill0", "skill1"] and len(table["learners"]) == 200


def test_the_map_is_what_the_serving_model_says(page):
    """Through the gateway to the engine that answers for learners, with the states that it keeps."""
    curriculum(items=12)
    given = simulate(learners=6, items=12, seed=4).answers
    store(given)
    skills = teaching.skills_of(course=COURSE, items=given.items)
    observed = [
        ServingResponse(
            id=one.key,
            course=COURSE,
            learner=one.learner,
            item=one.item,
            skills=skills[one.item],
            correct=one.correct,
            time=one.time.timestamp(),
        )
        for one in capture.responses(course=COURSE)
    ]
    registry.tutor().observe_many(observed)
    told = page.get(url("mastery-map")).json()["learners"]
    assert {cell["responses"] for row in told for cell in row["cells"]} == {6}
    worst, best = min(told, key=_share), max(told, key=_share)
    assert worst["mean"] < best["mean"]
    for row in told:
        assert all(cell["low"] <= cell["mean"] <= cell["high"] and cell["evident"] for cell in row["cells"])


def _share(row):
    return row["success"]["value"]


def test_the_schema_describes_every_endpoint():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    ours = {path for path in paths if "/insights/" in path}
    assert len(ours) == sum(str(one.pattern).startswith("api/") for one in urls.urlpatterns)
    for path in ours:
        for method in paths[path].values():
            assert method["responses"]["200"]["content"]["application/json"]["schema"]


def decide(client, finding, decision, reason=""):
    body = {"finding": finding, "decision": decision, "reason": reason}
    return client.post(url("decisions"), body, content_type="application/json")


@pytest.fixture
def faulty():
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,)).answers)
    return "faulty_item:item007"


def state(client, finding):
    return next(one for one in client.get(url("findings")).json()["findings"] if one["key"] == finding)


def test_a_dismissal_persists_is_listed_and_can_be_taken_back(page, faulty):
    assert state(page, faulty)["top"]
    assert decide(page, faulty, "dismissed", "It is meant so").status_code == 200
    told = state(page, faulty)
    assert (told["decision"], told["decision_reason"], told["top"]) == ("dismissed", "It is meant so", False)
    html = page.get(url("page")).content.decode()
    assert "It is meant so" in html and "1 dismissed" in html
    assert FindingDecision.objects.get().by == COURSE
    assert decide(page, faulty, "open").status_code == 200
    assert state(page, faulty)["decision"] is None and state(page, faulty)["top"]


def test_a_later_decision_replaces_the_earlier_one(page, faulty):
    decide(page, faulty, "dismissed", "no")
    decide(page, faulty, "accepted")
    assert [row.decision for row in FindingDecision.objects.all()] == ["accepted"]


@pytest.mark.parametrize(("decision", "reason"), [("dismissed", " "), ("maybe", "x")])
def test_a_bad_decision_is_refused_with_a_reason(page, faulty, decision, reason):
    answer = decide(page, faulty, decision, reason)
    assert answer.status_code == 400 and answer.json()
    assert not FindingDecision.objects.exists()


def test_a_finding_that_the_course_has_not_cannot_be_decided_on(page, faulty):
    assert decide(page, "faulty_item:elsewhere", "accepted").status_code == 400


def test_a_decision_without_the_token_is_refused(teacher, faulty):
    client = Client(enforce_csrf_checks=True)
    client.force_login(teacher)
    assert decide(client, faulty, "accepted").status_code == 403
    token = client.get(url("page")).cookies["csrftoken"].value
    body = {"finding": faulty, "decision": "accepted"}
    answer = client.post(url("decisions"), body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_a_new_answer_of_the_course_shows_at_once(page):
    curriculum(items=4)
    store(simulate(learners=3, items=4).answers)
    assert page.get(url("findings")).json()["responses"] == 12
    store(answers(learner=[0], item=[0], correct=[True]), course=COURSE + "x")
    assert page.get(url("findings")).json()["responses"] == 12
    first = Learner.objects.order_by("id").first()
    row = first.responses.first()
    row.pk, row.key, row.attempt = None, "new", 2
    row.save()
    assert page.get(url("findings")).json()["responses"] == 13


def test_the_platform_s_notice_is_shown(page, settings):
    settings.METAEDU_NOTICE = "These data are simulated."
    assert "These data are simulated." in page.get(url("page")).content.decode()


def test_twelve_thousand_answers_take_well_under_a_second(page):
    curriculum(items=60, skills=12)
    store(simulate(learners=200, items=60).answers)
    page.get(reverse("metaedu_insights:page", args=[COURSE]))  # templates and the tutor are loaded once
    selectors.reset()
    began = time.perf_counter()
    page.get(url("findings"))
    cold = time.perf_counter() - began
    began = time.perf_counter()
    page.get(url("page"))
    warm = time.perf_counter() - began
    print(f"cold {cold:.2f} s, warm page {warm:.2f} s")
    assert cold < 1.5 and warm < 1.0
