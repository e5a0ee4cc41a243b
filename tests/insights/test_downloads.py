"""Everything that the pages show, as files."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import pyarrow.parquet as pq
import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.insights import selectors
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.downloads.catalogue import DOWNLOADS
from tests.insights.classes import answers, simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store
from tests.insights.findings.test_deeper import planted
from tests.insights.pages.test_pages import stuck_class

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
WHOLE = [one for one in DOWNLOADS if not one.of_one]


def url(name, course=COURSE):
    return reverse(f"metaedu_insights:{name}", args=[course])


def body(client, name, **asked):
    answer = client.get(url(name), asked)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows(client, name, **asked):
    return list(csv.DictReader(io.StringIO(body(client, f"{name}-csv", **asked).decode("utf-8-sig"))))


def number(text):
    return float(text) if text else None


def comparable(cell):
    """A name and a value as a number where it is one: CSV writes 0 where Parquet has 0.0."""
    name, value = cell
    try:
        return name, float(value)
    except (TypeError, ValueError):
        return name, value or None


@pytest.fixture
def faulty(page):
    """A class with a doubtful item, wrong choices that recur, and a name that is known."""
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,), seed=1).answers)
    Response.objects.filter(correct=False).update(choice="choice_1")
    user = get_user_model().objects.create_user("ada", first_name="Ada")
    Learner.objects.filter(pk=Learner.objects.order_by("id").first().pk).update(user_id=user.pk)
    return page


def test_findings_are_those_of_the_api_figure_by_figure(faulty):
    told = faulty.get(url("findings")).json()["findings"]
    found = rows(faulty, "findings")
    key = found[0]["finding"]
    assert {one["finding"] for one in found} == {one["key"] for one in told}
    assert found[0]["place"] == "1" and found[0]["decision"] == "open"
    (first,) = [one for one in told if one["key"] == key]
    mine = [one for one in found if one["finding"] == key]
    assert [(one["figure"], one["label"], number(one["value"]), number(one["answers"])) for one in mine] == [
        (one["code"], one["label"], round(one["value"], 4), one["n"]) for one in first["evidence"]
    ]
    assert {one["sentence"] for one in mine} == {first["sentence"]} and int(mine[0]["learners"]) == first["helps"]
    faulty.post(url("decisions"), {"finding": key, "decision": "dismissed", "reason": "=meant"}, "application/json")
    decided = [one for one in rows(faulty, "findings") if one["finding"] == key]
    assert {(one["place"], one["decision"], one["decision_reason"], one["decided_by"]) for one in decided} == {
        ("", "dismissed", "'=meant", COURSE)
    }


def test_whom_findings_are_about(page):
    curriculum(items=10)
    stuck_class()
    told = page.get(url("findings")).json()["findings"]
    assert [(one["finding"], one["learner"], one["name"], one["why"]) for one in rows(page, "affected")] == [
        (one["key"], each["learner"], each["name"], each["why"]) for one in told for each in one["who"]
    ]
    assert len(rows(page, "affected")) >= 3


def test_learning_curves_are_those_of_the_api(faulty):
    told = [(one["key"], each) for one in faulty.get(url("learning-curves")).json() for each in one["points"]]
    found = rows(faulty, "learning-curves")
    assert [(one["skill"], int(one["opportunity"]), int(one["learners"])) for one in found] == [
        (key, each["opportunity"], each["learners"]) for key, each in told
    ]
    for one, (_key, each) in zip(found, told, strict=True):
        for name, figure in (("error", "error"), ("error low", "low"), ("fitted_error", "fitted")):
            assert number(one[name]) == pytest.approx(each[figure], abs=1e-4)
    assert len(found) == 16


def test_wrong_choices_are_those_of_the_item_s_page(faulty):
    found = [one for one in rows(faulty, "wrong-choices") if one["item"] == "item007"]
    html = faulty.get(url("item"), {"item": "item007"}).content.decode()
    assert [one["choice_title"] for one in found] == ["option 2"]
    assert f"{found[0]['learners']} learners, {round(100 * float(found[0]['share']))}" in html


def test_months_are_those_of_the_item_s_page(page):
    from tests.insights.statistics.test_structure import over_months

    curriculum(items=20)
    given = over_months(seed=0, moved=4)
    given.time[:] += 12 * 3600
    store(given)
    found = rows(page, "months")
    html = page.get(url("item"), {"item": "item004"}).content.decode()
    shown = re.findall(r'<th scope="row">(\d{4}-\d\d)</th><td class="me-number">(\d+)</td>', html)
    assert [(one["month"], one["learners"]) for one in found if one["item"] == "item004"] == shown and len(shown) > 2
    assert {one["item"] for one in found if one["changes"] == "yes"} == {"item004"}


def test_prerequisites_declared_and_suggested(page):
    store(planted(seed=0, needs={3: 1}))
    teaching.set_prerequisite(course=COURSE, skill="skill5", before="skill4", declared=True, by="kim")
    found = {(one["before"], one["skill"]): one for one in rows(page, "prerequisites")}
    declared, suggested = found["skill4", "skill5"], found["skill1", "skill3"]
    assert (declared["declared"], declared["suggested"], declared["difference"]) == ("yes", "no", "")
    assert (suggested["declared"], suggested["suggested"], suggested["before_title"]) == ("no", "yes", "Skill 1")
    assert 0 < float(suggested["difference low"]) < float(suggested["difference"])
    assert float(suggested["right_with_it"]) > float(suggested["right_without"])


def test_groups_of_learners(page):
    from tests.insights.statistics.test_structure import crowd

    curriculum(items=30)
    store(crowd(seed=1, guessers=40))
    found = rows(page, "groups")
    groups = Board.of(course=COURSE).room.structure.groups
    assert [one["learner"] for one in found] == [learner for one in groups for learner in one.learners]
    said = re.findall(r"<p>They (.+?)\.</p>", page.get(url("page")).content.decode())
    assert list(dict.fromkeys(one["they"] for one in found)) == said and len(said) >= 2


def test_the_answers_of_one_learner_and_of_nobody_else(faulty):
    learner = Learner.objects.order_by("id").first().pseudonym
    found = rows(faulty, "answers", learner=learner)
    stored = Response.objects.filter(learner__pseudonym=learner).order_by("time", "id")
    assert [(one["item"], one["right"] == "yes", int(one["attempt"])) for one in found] == [
        (one.item, one.correct, one.attempt) for one in stored
    ]
    assert len(found) == 16 and found[3]["title"] == "Item 3"
    for asked in ({}, {"learner": ""}, {"learner": "f" * 32}):
        assert faulty.get(url("answers-csv"), asked).status_code == 404
    page = faulty.get(reverse("metaedu_insights:learner", args=[COURSE, learner])).content.decode()
    assert f'{url("answers-csv")}?learner={learner}"' in page


def test_a_learner_of_another_course_is_nobody_here(faulty):
    other = "course-v1:org+other+else"
    store(answers(learner=[900], item=[0], correct=[True]), course=other)
    theirs = Response.objects.get(course=other).learner.pseudonym
    assert faulty.get(url("answers-csv"), {"learner": theirs}).status_code == 404


def test_changes_of_settings_and_prerequisites(page):
    curriculum(items=4)
    store(simulate(learners=3, items=4).answers)
    now = teaching.settings(course=COURSE)
    wanted = type(now)(enabled=True, mastered=0.9, left_out=("item001",))
    teaching.change_settings(course=COURSE, wanted=wanted, by="kim")
    teaching.set_prerequisite(course=COURSE, skill="skill1", before="skill0", declared=True, by="lee")
    found = rows(page, "changes")
    assert (found[0]["by"], found[0]["setting"], found[0]["after"]) == ("lee", "prerequisite skill0 > skill1", "true")
    by_name = {one["setting"]: (json.loads(one["before"]), json.loads(one["after"])) for one in found}
    assert by_name["mastered"] == (now.mastered, 0.9) and by_name["left_out"] == ([], ["item001"])


def test_every_table_is_the_same_as_parquet(faulty):
    teaching.set_prerequisite(course=COURSE, skill="skill1", before="skill0", declared=True, by="kim")
    compared = []
    for one in WHOLE:
        table = pq.read_table(io.BytesIO(body(faulty, f"{one.name}-parquet")))
        told = rows(faulty, one.name)
        assert [[comparable(each) for each in row.items()] for row in table.to_pylist()] == [
            [comparable((name, text or None)) for name, text in row.items()] for row in told
        ]
        compared += [one.name] if told else []
    assert {"findings", "learning-curves", "skills", "items", "learners", "wrong-choices", "prerequisites"} < {
        *compared
    }


def test_all_of_it_in_one_archive(faulty):
    with zipfile.ZipFile(io.BytesIO(body(faulty, "everything"))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{one.name}.csv" for one in WHOLE]
        for one in ("findings", "learners"):
            assert archive.read(f"{one}.csv") == body(faulty, f"{one}-csv")


def test_the_page_of_files_offers_every_table_and_says_what_a_row_is(faulty, monkeypatch):
    html = faulty.get(url("data")).content.decode()
    for one in WHOLE:
        assert url(f"{one.name}-csv") in html and url(f"{one.name}-parquet") in html
        assert f"<td>{str(one.row).replace(chr(39), '&#x27;')}</td>" in html
    assert url("answers-csv") not in html and url("everything") in html
    assert url("data") in faulty.get(url("page")).content.decode()
    monkeypatch.setattr("metaedu_plugin.insights.downloads.files.has_parquet", lambda: False)
    selectors.reset()
    for name in ("data", "page"):
        html = faulty.get(url(name)).content.decode()
        assert ".parquet" not in html and ".csv" in html
    assert faulty.get(url("items-parquet")).status_code == 404


def test_while_a_large_class_is_read_a_file_asks_to_wait(page, monkeypatch):
    def reading(*, course):
        raise selectors.StillReading(failed=False)

    monkeypatch.setattr(selectors, "classroom_of", reading)
    for name in ("data", "everything", "findings-csv", "learners-parquet"):
        assert page.get(url(name)).status_code == 202
