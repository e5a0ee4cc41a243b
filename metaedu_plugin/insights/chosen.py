"""What was chosen, in words: capture keeps ids of options, never texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

NUMBERED: Final = re.compile(r"choice_(\d+)")
"""Ids as the platform gives them, from 0 on."""


def in_words(choice: str, options: Mapping[str, str]) -> str:
    """Texts of the options where they are known, else their numbers as people count them.

    `choice` is one id, or several between commas. What is no known id stays as it is: some inputs name their options
    by their texts, and a text may hold a comma.
    """
    if choice in options:
        return options[choice]
    ids = choice.split(",")
    if not all(each in options or NUMBERED.fullmatch(each) for each in ids):
        return choice
    return ", ".join(options.get(each) or _numbered(each) for each in ids)


def _numbered(choice: str) -> str:
    found = NUMBERED.fullmatch(choice)
    return _("option %(number)d") % {"number": int(found[1]) + 1} if found else choice
