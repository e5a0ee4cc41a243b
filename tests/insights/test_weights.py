"""Kinds of findings that instructors call not useful sink; accepted ones rise; a dismissal says nothing of the kind."""

import pytest

from metaedu_plugin.insights.decisions import decide
from metaedu_plugin.insights.findings import split, weighted
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.insights.weights import kind_weights
from tests.insights.findings.test_ranking import finding


def made(kind, decision, n=1):
    return [FindingDecision(finding=f"{kind}:{k}", decision=decision) for k in range(n)]


def test_without_decisions_all_kinds_weigh_the_same():
    assert kind_weights([]) == {}


def test_the_weight_is_the_mean_of_the_beta_posterior_over_the_prior_s():
    told = kind_weights([*made("a", "not_useful", 2), *made("a", "accepted"), *made("b", "accepted", 4)])
    assert told == pytest.approx({"a": (4 / 7) / 0.75, "b": (7 / 8) / 0.75})


def test_a_dismissal_with_a_reason_is_about_that_finding_alone():
    assert kind_weights(made("a", "dismissed", 9)) == {"a": 1.0}


def test_each_not_useful_sinks_the_kind_a_little_further_and_never_to_nothing():
    weights = [kind_weights(made("a", "not_useful", n))["a"] for n in range(1, 40)]
    assert weights == sorted(weights, reverse=True) and weights[0] == pytest.approx(0.8) and weights[-1] > 0.05


def test_findings_are_ranked_by_weight_too():
    given = [finding("x:1", reason="x", helps=10), finding("y:1", reason="y", helps=9)]
    assert [one.key for one in weighted(given, {})] == ["x:1", "y:1"]
    assert [one.key for one in weighted(given, {"x": 0.8})] == ["y:1", "x:1"]


WEEKS = 14


def week(number):
    """What a class needs in one week: each kind is there anew, with the same number of learners whom it would help."""
    kinds = [
        ("gone_quiet", "learners", 20),
        ("stuck_on_skill", "learners", 7),
        ("too_hard_item", "item", 12),
        ("faulty_item", "item", 10),
        ("item_drifts", "item", 6),
        ("skill_holds_back", "skill", 9),
        ("flat_learning_curve", "skill", 8),
    ]
    return [finding(f"{reason}:x@{number}", reason=reason, kind=kind, helps=helps) for reason, kind, helps in kinds]


def term(opinion, weeks=WEEKS, of_week=week):
    """Reasons on top in each week, where the instructor decides on all that is on top as `opinion` says."""
    shown = []
    for number in range(weeks):
        weights = kind_weights(FindingDecision.objects.all())
        top, rest = split(weighted(of_week(number), weights), weights)
        assert {one.key for one in (*top, *rest)} == {one.key for one in of_week(number)}, "nothing is ever left out"
        shown.append([one.reason for one in top])
        for one in top:
            decision = opinion.get(one.reason)
            if decision:
                decide(course="c", finding=one.key, decision=decision, reason="", by="kim")
    return shown


@pytest.mark.django_db
def test_over_a_term_what_is_not_useful_comes_less_and_the_others_come():
    shown = term({"gone_quiet": "not_useful", "too_hard_item": "accepted", "stuck_on_skill": "accepted"})
    places = [reasons.index("gone_quiet") if "gone_quiet" in reasons else 9 for reasons in shown]
    assert places[0] == 0, "it would help the most"
    assert places == sorted(places), "it never comes back up while it goes on being called not useful"
    assert places[-1] == 9, "in the end it is no longer among the first"
    early, late = shown[: WEEKS // 2], shown[WEEKS // 2 :]
    count = lambda weeks, reason: sum(reason in reasons for reasons in weeks)  # noqa: E731
    assert count(late, "gone_quiet") < count(early, "gone_quiet")
    for other in ("stuck_on_skill", "too_hard_item", "faulty_item", "skill_holds_back"):
        assert count(late, other) == len(late), "what is of another kind is there each week"
    assert {"item_drifts", "flat_learning_curve"} & set(shown[-1]), "and its place is taken"


@pytest.mark.django_db
def test_without_an_opinion_every_week_is_as_the_first():
    shown = term({})
    assert all(reasons == shown[0] for reasons in shown)
    assert shown == term(dict.fromkeys(["gone_quiet", "faulty_item"], "dismissed")), "that is about single findings"


@pytest.mark.django_db
def test_a_kind_that_is_not_useful_keeps_no_place_even_as_the_only_one_about_learners():
    def alone(number):
        return [one for one in week(number) if one.reason != "stuck_on_skill"]

    shown = term({"gone_quiet": "not_useful"}, of_week=alone)
    assert "gone_quiet" in shown[0]
    assert "gone_quiet" not in shown[-1]


@pytest.mark.django_db
def test_it_comes_back_when_it_is_found_useful_again():
    term({"gone_quiet": "not_useful"})
    sunk = kind_weights(FindingDecision.objects.all())["gone_quiet"]
    for number in range(100, 120):
        decide(course="c", finding=f"gone_quiet:x@{number}", decision="accepted", reason="", by="kim")
    risen = kind_weights(FindingDecision.objects.all())["gone_quiet"]
    assert risen > sunk
    top, _ = split(weighted(week(200), {"gone_quiet": risen}), {"gone_quiet": risen})
    assert top[0].reason == "gone_quiet"


@pytest.mark.django_db
def test_however_often_all_of_the_big_ones_are_not_useful_a_small_one_comes():
    """What helps few learners comes up when those above it sink, and stays where it is while they do not."""

    def with_a_small_one(number):
        return [*week(number), finding("few_items:x", reason="few_items", kind="skill", helps=2)]

    opinions = dict.fromkeys([one.reason for one in week(0)], "not_useful")
    shown = term(opinions, weeks=40, of_week=with_a_small_one)
    assert "few_items" not in shown[0]
    assert "few_items" in shown[-1]
