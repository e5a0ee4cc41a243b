"""What was chosen, in words."""

from __future__ import annotations

import pytest

from metaedu_plugin.insights.chosen import in_words
from metaedu_plugin.insights.tables import item_rows
from tests.insights.classes import answers
from tests.insights.courses import curriculum, room_of

KNOWN = {"choice_0": "1/2", "choice_1": "2, or more", "b": "Both"}


@pytest.mark.parametrize(
    ("choice", "options", "said"),
    [
        ("choice_0", {}, "option 1"),
        ("choice_0,choice_10", {}, "option 1, option 11"),
        ("choice_0", KNOWN, "1/2"),
        ("choice_0,choice_1", KNOWN, "1/2, 2, or more"),
        ("choice_1,choice_2", KNOWN, "2, or more, option 3"),
        ("b", KNOWN, "Both"),
        ("b", {}, "b"),
        ("yes, always", {}, "yes, always"),
        ("", KNOWN, ""),
    ],
)
def test_ids_become_words(choice, options, said):
    assert in_words(choice, options) == said


@pytest.mark.django_db
def test_the_table_says_the_text_of_the_option():
    from metaedu_plugin.curriculum.models import Item

    curriculum(items=2)
    Item.objects.filter(key="item000").update(options={"b": "The denominator"})
    given = answers(learner=[0, 1], item=[0, 1], correct=[False, False], choice=[1, 1])
    assert [row.wrong_choice for row in item_rows(room_of(given), [])] == ["The denominator", "b"]
