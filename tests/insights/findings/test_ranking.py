from dataclasses import replace

import pytest

from metaedu_plugin.insights.findings import FINDERS, find, split
from metaedu_plugin.insights.findings.base import Action, Finding, Subject, finding_key
from metaedu_plugin.insights.models import FindingDecision
from tests.insights.classes import answers, simulate
from tests.insights.courses import curriculum, room_of


def finding(key, *, reason="r", helps=1, certainty=1.0, kind="item"):
    return Finding(key, reason, Subject(kind, key, key), key, key, helps, certainty, (), Action("a", "", "", ""))


def test_at_most_five_on_top_and_at_most_two_of_a_kind():
    ranked = [finding(f"a{n}", reason="a") for n in range(4)] + [finding(f"{n}", reason=str(n)) for n in range(6)]
    top, rest = split(ranked)
    assert [one.key for one in top] == ["a0", "a1", "0", "1", "2"]
    assert [one.key for one in rest] == ["a2", "a3", "3", "4", "5"]


def test_the_best_about_learners_is_on_top_whatever_concerns_the_class():
    ranked = [finding(f"{n}", reason=str(n)) for n in range(8)] + [
        finding(f"who{n}", kind="learners") for n in range(2)
    ]
    top, rest = split(ranked)
    assert [one.key for one in top] == ["0", "1", "2", "3", "who0"]
    assert [one.key for one in rest] == ["4", "5", "6", "7", "who1"]


def test_what_helps_nobody_to_learn_is_never_on_top():
    assert split([finding("easy", helps=0)]) == ([], [finding("easy", helps=0)])


def test_learners_helped_times_certainty_decides(monkeypatch):
    given = [
        finding("few", helps=5),
        finding("unsure", helps=50, certainty=0.05),
        finding("many", helps=9, certainty=0.9),
    ]
    monkeypatch.setattr("metaedu_plugin.insights.findings.ranking.FINDERS", [lambda room: given])
    assert [one.key for one in find(None)] == ["many", "few", "unsure"]


def test_keys_fit_the_database_and_stay_the_same():
    limit = FindingDecision._meta.get_field("finding").max_length
    long = finding_key("stuck_on_skill", "block-v1:" + "x" * 300, latest=1_770_000_000.0)
    assert len(long) <= limit
    assert long == finding_key("stuck_on_skill", "block-v1:" + "x" * 300, latest=1_770_000_000.0)
    assert finding_key("faulty_item", "item") == "faulty_item:item"


@pytest.mark.django_db
@pytest.mark.parametrize("learners", [0, 1, 5])
def test_nothing_is_said_of_a_handful(learners):
    curriculum(items=10)
    given = simulate(learners=learners, items=10).answers if learners else answers(learner=[], item=[], correct=[])
    assert find(room_of(given)) == []


@pytest.mark.django_db
def test_every_finding_has_evidence_an_action_and_a_link():
    curriculum(items=40)
    room = room_of(simulate(reversed_items=(7, 9), spread=2).answers)
    found = find(room)
    assert len(FINDERS) >= 8
    assert len({one.key for one in found}) == len(found) > 3
    for one in found:
        assert one.evidence and one.sentence and one.action.sentence and one.action.link
        assert 0 <= one.certainty <= 1 and one.helps >= 0
    assert find(replace(room)) == found
