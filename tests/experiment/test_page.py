"""The instructor's page, the file and the API: on an experiment with answers in the tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse

from bench.experiment_courses import play
from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.experiment.models import Experiment
from tests.experiment.conftest import COURSE, take_in

PAGE = f"/metaedu/insights/{COURSE}/experiment/"
API = f"/metaedu/api/v1/courses/{COURSE}/insights/experiment/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(teacher: Any) -> Client:
    curriculum.save_course(key=COURSE, title="Owls & more")
    signed_in = Client()
    signed_in.force_login(teacher)
    return signed_in


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'")


def test_to_others_there_is_no_such_page(client: Client, django_user_model: Any) -> None:
    stranger = Client()
    assert stranger.get(PAGE).status_code == 302
    stranger.force_login(django_user_model.objects.create_user("eve"))
    for path in (PAGE, f"/metaedu/insights/{COURSE}/experiment.csv", API):
        assert stranger.get(path).status_code == 404
    assert stranger.post(PAGE, {"do": "begin", "sure": "yes", "share": "50", "smallest": "5"}).status_code == 404
    assert not Experiment.objects.exists()


def test_begin_and_end_want_to_be_sure(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr("metaedu_plugin.registry.api.send", lambda *args: sent.append(args))
    assert "Begin an experiment" in text(client.get(PAGE))
    given = {"do": "begin", "share": "20", "smallest": "7.5"}
    assert "Nothing was changed" in text(client.post(PAGE, given, follow=True))
    assert not Experiment.objects.exists()
    said = text(client.post(PAGE, {**given, "sure": "yes"}, follow=True))
    assert "The experiment has begun." in said and "Begin an experiment" not in said
    assert "20 of 100 learners get the course's own order; a difference of 7.5 of 100 answers would matter." in said
    assert "Nobody has looked yet" in said
    assert "Nothing was changed" in text(client.post(PAGE, {"do": "end"}, follow=True))
    assert experiment.running(course=COURSE)
    said = text(client.post(PAGE, {"do": "end", "sure": "yes"}, follow=True))
    assert "Everybody gets suggestions now." in said and "Begin an experiment" in said
    assert experiment.running(course=COURSE) is None
    assert sent == [("metaedu.experiment.look", Experiment.objects.get().pk)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"share": "0"}, "from 5 to 95"),
        ({"smallest": "99"}, "from 1 to 30"),
        ({"share": "half"}, "as digits"),
        ({"smallest": "nan"}, "from 1 to 30"),
    ],
)
def test_bad_numbers_are_told(client: Client, given: dict[str, str], said: str) -> None:
    asked = {"do": "begin", "sure": "yes", "share": "50", "smallest": "5", **given}
    assert said in text(client.post(PAGE, asked, follow=True))
    assert not Experiment.objects.exists()
    assert client.post(PAGE, {"do": "restart"}).status_code == 404


def test_a_queue_that_is_away_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise ConnectionError("nobody listens")

    monkeypatch.setattr("metaedu_plugin.registry.api.send", away)
    experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="ada")
    said = text(client.post(PAGE, {"do": "look"}, follow=True))
    assert "The queue could not be reached" in said and "were asked for" not in said


def test_what_came_out_is_told(client: Client, begun: Callable[..., experiment.ExperimentInfo]) -> None:
    one = begun(smallest=0.1)
    played = play(seed=4, effect=0.25, learners=100, items=25, before=5, most=12)
    take_in(played, one, until=1)
    experiment.look(id=one.id)
    said = text(client.get(PAGE))
    assert "Too early to say anything: 20 learners in each group" in said
    take_in(played, one, until=19)
    seen = experiment.look(id=one.id).difference
    said = text(client.get(PAGE))
    assert "Suggestions help: of 100 new questions" in said
    size = f"{100 * seen.value:.1f}".removesuffix(".0")  # type: ignore[operator]
    assert f"get about {size} more right" in said
    assert "in-difference" in said and "The usual range" not in said
    assert f'<td class="me-number">{seen.suggestions.learners}</td>' in said
    # By what they answered, not by what the model says of it.
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get(PAGE[:-1] + ".csv")).decode("utf-8-sig"))))
    for group, found in (("suggestions", seen.suggestions), ("course_order", seen.course_order)):
        mine = [row for row in rows if row["group"] == group]
        assert sum(int(row["new"]) > 0 for row in mine) == found.learners
        assert sum(int(row["new"]) for row in mine) == found.answers
        assert sum(int(row["new_right"]) for row in mine) == found.right
        assert all(one.group(row["learner"]) == group for row in mine)
    told = client.get(API).json()["experiments"][0]
    assert [look["verdict"] for look in told["looks"]] == ["too_few", "better"]
    assert told["looks"][1]["value"] == seen.value and told["looks"][1]["usual_low"] is None
    assert "salt" not in json.dumps(told)
    looked = list(csv.DictReader(io.StringIO(b"".join(client.get(PAGE[:-11] + "looks.csv")).decode("utf-8-sig"))))
    assert [row["verdict"] for row in looked] == ["too_few", "better"]
    assert float(looked[1]["difference"]) == round(seen.value, 4)  # type: ignore[arg-type]
    assert int(looked[1]["course_order_learners"]) == seen.course_order.learners
    found = client.get(f"{PAGE[:-1]}.parquet?experiment={one.id}")
    assert found["Content-Disposition"].endswith(f'-experiment-{one.id}.parquet"')
    parquet = pq.read_table(io.BytesIO(b"".join(found)))
    assert [row["learner"] for row in parquet.to_pylist()] == [row["learner"] for row in rows]
    assert client.get(f"{PAGE[:-1]}.csv?experiment={one.id + 1}").status_code == 404
    # Who leaves counts for nothing from the next look on.
    experiment.leave(course=COURSE, learner=rows[0]["learner"])
    gone = experiment.look(id=one.id).difference
    before = seen.suggestions.learners + seen.course_order.learners
    left = gone.suggestions.left + gone.course_order.left
    assert (left, gone.suggestions.learners + gone.course_order.learners) == (1, before - 1)
    user = capture.user_ids(pseudonyms=[rows[1]["learner"]])[rows[1]["learner"]]
    capture.choose(user_id=user, course=COURSE, wanted=capture.Chosen(feedback=False, everywhere=True))
    gone = experiment.look(id=one.id).difference
    assert gone.suggestions.left + gone.course_order.left == 2
    # The usual interval at the end alone.
    experiment.end(course=COURSE, by="ada")
    experiment.look(id=one.id)
    assert "The usual range" in text(client.get(PAGE))
    assert client.get(API).json()["experiments"][0]["looks"][-1]["usual_low"] is not None


def test_the_api_begins_looks_and_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metaedu_plugin.registry.api.send", lambda *args: None)
    assert client.get(API).json() == {"course": COURSE, "experiments": []}
    assert client.post(API, {"do": "look"}).status_code == 400
    assert client.post(API, {"do": "begin", "share": 7}).status_code == 400
    assert client.post(API, {"do": "begin", "share": 0.3}).json()["experiments"][0]["share"] == 0.3
    again = client.post(API, {"do": "begin"})
    assert again.status_code == 400 and "already" in json.dumps(again.json())
    assert client.post(API, {"do": "look"}).json()["experiments"][0]["asked"]
    assert client.post(API, {"do": "end"}).json()["experiments"][0]["ended_by"] == COURSE


def test_the_page_of_the_class_leads_here(client: Client) -> None:
    assert f'href="{PAGE}"' in text(client.get(reverse("metaedu_insights:page", args=[COURSE])))
