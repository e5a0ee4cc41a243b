"""Is it right, is it fair: the page, the files and the API, from predictions in the database."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Learner
from metaedu_plugin.insights import attribute, right_words, selectors
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.registry.models import KeptPrediction
from tests.insights.courses import COURSE, Counting
from tests.insights.statistics.forecasts import simulate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
READ: dict[int, str] = {}


def groups(user_ids):
    """An operator's function."""
    return {user: READ[user] for user in user_ids if user in READ}


def fails(user_ids):
    raise RuntimeError("the personnel system is away")


def kept(told, *, model="m1", days=0, course=COURSE):
    """Rows as the registry keeps them; learner n is the platform's user n + 1."""
    names = [hashlib.md5(f"learner{n:03d}".encode()).hexdigest() for n in range(int(told.learner.max()) + 1)]
    for n, name in enumerate(names):
        Learner.objects.get_or_create(pseudonym=name, defaults={"user_id": n + 1})
    time = timezone.now() - timedelta(days=days)
    KeptPrediction.objects.bulk_create(
        [
            KeptPrediction(
                learner_id=names[learner], course=course, item="i", response=f"{model}{course[-3:]}{n}", model=model,
                expected=expected, correct=bool(right), time=time,
            )
            for n, (learner, expected, right) in enumerate(zip(told.learner, told.expected, told.right, strict=True))
        ],
        batch_size=1000,
    )  # fmt: skip
    selectors.reset()


def text(page, name="right"):
    answer = page.get(reverse(f"metaedu_insights:{name}", args=[COURSE]))
    assert answer.status_code == 200
    return answer.content.decode()


def told(page):
    return page.get(reverse("metaedu_insights:right-told", args=[COURSE])).json()


def rows(page, name):
    found = page.get(reverse(f"metaedu_insights:{name}-csv", args=[COURSE]))
    return list(csv.DictReader(io.StringIO(b"".join(found.streaming_content).decode("utf-8-sig"))))


def test_before_anything_was_predicted_it_says_what_is_missing(page):
    said = text(page)
    assert "Too early to tell" in said and "answers: 0, learners: 0." in said
    assert told(page)["versions"] == []
    assert rows(page, "calibration") == []


def test_few_predictions_are_not_judged(page):
    kept(simulate(np.random.default_rng(0), learners=19, each=20)[0])
    assert "answers: 380, learners: 19." in text(page)
    (version,) = told(page)["versions"]
    assert (version["error"], version["area"], version["bins"]) == (None, None, [])
    assert "learners: 19." in version["waiting"]


def test_a_model_that_promises_too_much_is_told_of_in_words_and_figures(page):
    kept(simulate(np.random.default_rng(0), shift=0.8)[0])
    said = text(page)
    assert "promises too much" in said and "it is off by" in said and "When it said" in said
    (version,) = told(page)["versions"]
    assert 0.09 < version["error"]["low"] < version["error"]["value"] < version["error"]["high"] < 0.2
    assert version["area"]["low"] < version["area"]["value"]
    assert len(version["bins"]) == 10 and version["bins"][3]["sentence"] in said
    found = rows(page, "calibration")
    assert [float(row["right"]) for row in found] == [one["right"]["value"] for one in version["bins"]]
    (one,) = rows(page, "versions")
    assert (float(one["off_by"]), float(one["auc low"])) == (version["error"]["value"], version["area"]["low"])
    parquet = page.get(reverse("metaedu_insights:calibration-parquet", args=[COURSE]))
    assert pq.read_table(io.BytesIO(b"".join(parquet.streaming_content))).num_rows == 10


def test_a_model_that_is_right_is_told_so(page):
    kept(simulate(np.random.default_rng(0), learners=300)[0])
    said = text(page)
    assert "promises" not in said
    assert "differ: on average" not in said


def test_the_version_that_answered_last_is_the_one_that_is_judged(page):
    rng = np.random.default_rng(0)
    kept(simulate(rng, shift=1.0)[0], model="old", days=30)
    kept(simulate(rng)[0], model="new")
    kept(simulate(rng, shift=1.0)[0], model="elsewhere", course="course-v1:org+course+other")
    assert [one["model"] for one in told(page)["versions"]] == ["new", "old"]
    said = text(page)
    assert "Model new, since" in said and "Version by version" in said and "elsewhere" not in said


def test_each_range_is_put_into_words():
    error = Estimate(0.06, 0.04, 0.09, 10)
    assert right_words.off(error) == "6 of 100 (4 to 9)"


@pytest.fixture
def fair(settings):
    READ.clear()
    settings.METAEDU_FAIRNESS = {
        "attribute": "gender",
        "ground": "Equal Treatment Act, section 9.",
        "read": "tests.insights.test_right.groups",
    }
    return settings.METAEDU_FAIRNESS


def blurred(learners=120, blur=2.0):
    """Every third learner is in group b, of whom predictions are worse."""
    group = (np.arange(learners) % 3 == 0).astype(float)
    READ.update({n + 1: "b" if one else "a" for n, one in enumerate(group)})
    return simulate(np.random.default_rng(1), learners=learners, noise=blur * group)[0]


def test_off_by_default_and_nothing_is_read(page, monkeypatch):
    monkeypatch.setattr(attribute, "groups", fails)
    kept(simulate(np.random.default_rng(0))[0])
    assert "no ground in law" in text(page)
    assert told(page)["fair"] == {
        "on": False, "trouble": False, "attribute": "", "ground": "", "least": 0, "groups": []
    }  # fmt: skip
    assert rows(page, "fairness") == []


@pytest.mark.parametrize("missing", ["attribute", "ground", "read"])
def test_without_a_ground_or_any_other_part_it_stays_off(page, fair, settings, missing, caplog):
    settings.METAEDU_FAIRNESS = {**fair, missing: " "}
    kept(simulate(np.random.default_rng(0))[0])
    assert told(page)["fair"]["on"] is False
    assert f"METAEDU_FAIRNESS lacks {missing}" in caplog.text


@pytest.mark.parametrize("given", ["gender", {"least": "many"}, 7])
def test_a_setting_that_makes_no_sense_takes_nothing_down(page, settings, given, caplog):
    settings.METAEDU_FAIRNESS = given
    assert "no ground in law" in text(page)
    assert "METAEDU_FAIRNESS" in caplog.text


def test_worse_predictions_for_a_group_are_told_with_how_often_chance_does_it(page, fair):
    kept(blurred())
    said = text(page)
    assert "orders the answers of this group less well: b." in said
    assert "in fewer than 1 of 100 random splits" in said
    assert "Equal Treatment Act" in said
    groups_ = {one["group"]: one for one in told(page)["fair"]["groups"]}
    assert groups_["b"]["stands_out"] and groups_["b"]["learners"] == 40
    assert groups_["b"]["area"]["high"] < groups_["a"]["area"]["low"]
    found = rows(page, "fairness")
    assert [row["group"] for row in found] == ["a", "b"]
    assert float(found[1]["share_of_random_splits"]) == pytest.approx(groups_["b"]["by_chance"])


def test_no_difference_is_not_made_one(page, fair):
    kept(blurred(blur=0.0))
    assert "can be told from chance" in text(page)
    assert "random splits of the class" in text(page)


def test_small_groups_are_not_shown_and_the_least_cannot_be_set_lower(page, fair, settings):
    settings.METAEDU_FAIRNESS = {**fair, "least": 2}
    kept(blurred(learners=87))
    assert told(page)["fair"]["groups"] == [], "29 learners are in one of both groups"
    said = text(page)
    assert "two groups of 30 learners or more" in said and ">b<" not in said


def test_groups_that_cannot_be_read_take_nothing_down(page, fair, settings, caplog):
    settings.METAEDU_FAIRNESS = {**fair, "read": "tests.insights.test_right.fails"}
    kept(blurred())
    said = text(page)
    assert "When it said" in said and "The groups could not be read" in said
    assert "personnel system" in caplog.text


def test_the_groups_are_stored_nowhere(page, fair):
    kept(blurred())
    READ.update(dict.fromkeys(READ, "a very telling word"))
    text(page)
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    assert "a very telling word" not in out.getvalue()


def test_a_retired_learner_is_gone_from_the_figures(page, monkeypatch):
    monkeypatch.setattr(Counting, "forget", lambda self, **_: None, raising=False)
    kept(simulate(np.random.default_rng(0))[0])
    assert told(page)["versions"][0]["learners"] == 200
    capture.forget(user_id=1)
    selectors.reset()
    assert told(page)["versions"][0]["learners"] == 199


def test_others_do_not_see_it(client, fair):
    client.force_login(get_user_model().objects.create_user("somebody"))
    for name in ("right", "right-told", "calibration-csv", "fairness-csv"):
        assert client.get(reverse(f"metaedu_insights:{name}", args=[COURSE])).status_code == 404
