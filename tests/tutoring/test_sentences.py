"""Every code has a sentence, and no sentence shows a placeholder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import translation

from metaedu_plugin.tutoring import sentences
from metaedu_plugin.tutoring.evidence import SHARES, sentence_of
from serving import reasons
from serving.types import Evidence

CODES = {name: code for name, code in vars(reasons).items() if name.isupper()}
EVIDENCE = {*SHARES, reasons.TIME_SINCE}
TABLES = [sentences.RESPONSE, sentences.NEXT, sentences.PLAN]
FIGURES: dict[str, Any] = {
    "skill": "Adding fractions",
    "correct": 4,
    "mostly": 4,
    "responses": 5,
    "recent": 3,
    "last": 5,
    "days": 6,
    "left_out": 3,
}


@pytest.mark.parametrize("code", sorted(set(CODES.values()) - EVIDENCE))
def test_every_reason_code_has_a_sentence(code: str) -> None:
    assert any(code in table for table in TABLES)


@pytest.mark.parametrize("effect", [-0.2, 0.0, 0.2])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 40.0])
@pytest.mark.parametrize("code", [*sorted(EVIDENCE), "invented_tomorrow"])
def test_evidence_is_told_in_words(code: str, value: float, effect: float) -> None:
    said = sentence_of(Evidence(code=code, value=value, effect=effect))
    assert said.endswith(".") and "%" not in said and "None" not in said
    assert ("counted too" in said) == (code == "invented_tomorrow")


@pytest.mark.parametrize(
    ("value", "effect", "weighs"),
    [(1.0, 0.2, "speaks for you"), (0.0, -0.2, "bit harder"), (1.0, -0.2, ""), (0.5, 0.2, "")],
)
def test_evidence_never_says_the_opposite_of_its_fact(value: float, effect: float, weighs: str) -> None:
    said = sentence_of(Evidence(code=reasons.OWN_SKILL, value=value, effect=effect))
    assert weighs in said
    assert said.count(".") == 1 + bool(weighs)


@pytest.mark.parametrize("figures", [FIGURES, {}, {"skill": "Adding fractions"}, {"skill": "", "days": None}])
@pytest.mark.parametrize("table", TABLES)
def test_no_placeholder_is_left_whatever_is_known(table: Mapping[str, tuple[str, ...]], figures: dict) -> None:
    for code in table:
        said = sentences.say(table, code, figures)
        assert said.strip()
        assert "%" not in said
        assert "“”" not in said
        assert "None" not in said


def test_figures_are_in_the_sentence_where_they_are_known() -> None:
    said = sentences.say(sentences.RESPONSE, reasons.RIGHT_AS_EXPECTED, FIGURES)
    assert said == "You have got 3 of your last 5 answers on “Adding fractions” right."
    few = {name: figure for name, figure in FIGURES.items() if name not in {"recent", "last"}}
    said = sentences.say(sentences.RESPONSE, reasons.RIGHT_AS_EXPECTED, few)
    assert said == "That fits: you got 4 of your 5 answers on “Adding fractions” right."
    begun = {**few, "mostly": None, "correct": 1, "responses": 2}
    said = sentences.say(sentences.RESPONSE, reasons.RIGHT_AS_EXPECTED, begun)
    assert said == "That makes 1 of 2 right on “Adding fractions” so far."


def test_a_code_of_a_newer_service_gets_a_true_sentence() -> None:
    assert sentences.say(sentences.NEXT, "invented_tomorrow") == "This is what fits you best right now."


def test_percent_signs_in_titles_are_harmless() -> None:
    assert "100 % sure" in sentences.say(sentences.NEXT, reasons.NEXT_SKILL, {"skill": "100 % sure %(x)s"})


def test_only_a_model_that_was_trained_here_goes_without_a_note() -> None:
    assert sentences.source("model") == ""
    assert sentences.source("shipped") == "Based on a general model, not yet on one trained on this platform."
    assert sentences.source("prior") == "Based on general experience: the trained model does not answer just now."
    assert sentences.source("something else") == "Based on general experience."


def test_sentences_follow_the_language_of_the_reader() -> None:
    with translation.override("xx"):
        assert sentences.say(sentences.NEXT, reasons.ALL_MASTERED)
