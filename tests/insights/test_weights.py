"""Kinds of findings that instructors call not useful sink; accepted ones rise; a dismissal says nothing of the kind."""

import pytest

from metaedu_plugin.insights.findings import weighted
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
