"""The script below a problem has no words of its own: all of them come from the server, in the reader's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from metaedu_plugin import tutoring
from metaedu_plugin.tutoring.labels import busy, labels

SCRIPT = (Path(tutoring.__file__).parent / "static" / "metaedu" / "feedback.js").read_text()


def test_every_word_that_the_script_asks_for_is_there() -> None:
    asked = set(re.findall(r"\blabels\.(\w+)", SCRIPT))
    assert asked == labels().keys()
    assert all(labels().values())


def test_the_script_has_no_words_to_fall_back_on() -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", SCRIPT, flags=re.DOTALL)
    assert set(re.findall(r'\|\| "([^"]+)"', code)) == {"/metaedu/api/v1/", "csrftoken", "…"}


@pytest.mark.parametrize(("language", "letters"), [("en", "Looking"), ("zh-hans", "正在")])
def test_what_it_says_meanwhile_is_in_the_readers_language(language: str, letters: str) -> None:
    with translation.override(language):
        assert busy().startswith(letters)
