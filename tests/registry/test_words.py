from __future__ import annotations

import msgspec
import pytest

from metaedu_plugin.registry import gate, words
from tests.registry.comparisons import draw

CODES = [value for name, value in vars(gate).items() if name.isupper() and isinstance(value, str)]


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_words(code: str) -> None:
    said = words.verdict({"reason": code, "reference": "item mean"})
    assert said.endswith(".")
    assert said != code


@pytest.mark.parametrize(("reference", "called"), [("prior, no training", "the prior"), ("shipped-1", "shipped-1")])
def test_without_a_champion_the_reference_is_what_learners_would_get_instead(reference: str, called: str) -> None:
    for code in (gate.BETTER_THAN_BASELINE, gate.NO_BETTER_THAN_BASELINE):
        said = words.verdict({"reason": code, "reference": reference})
        assert f"than what would answer without it ({called})." in said
        assert "baseline" not in said


def test_figures_become_sentences_and_missing_ones_are_left_out() -> None:
    decision = gate.judge(draw(better_by=0.05, cost={"candidate": 14, "reference": 20}), champion="champion-1")
    said = words.evidence(msgspec.to_builtins(decision))
    assert len(said) == 4
    assert "60 learners" in said[2]
    assert "14.0 µs" in said[3]
    assert words.evidence({"figures": {"learners": 3.0, "responses": 9.0}}) == [
        "9 held-out responses of 3 learners that neither was trained on."
    ]
    assert words.evidence({}) == []
    assert words.verdict({}) == ""
