"""What the documentation quotes is what bench/results has."""

from __future__ import annotations

from bench import figures


def test_the_readme_tells_what_was_measured() -> None:
    text = (figures.ROOT / "README.md").read_text()
    assert figures.new_course() in text, "run `make figures`"
    assert figures.headlines() in text, "run `make figures`"


def test_every_figure_is_on_its_page() -> None:
    assert (figures.ROOT / "docs" / "figures.md").read_text() == figures.everything(), "run `make figures`"
