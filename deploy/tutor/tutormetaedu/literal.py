"""`METAEDU_SETTINGS` as statements of a Django settings module."""

from __future__ import annotations

import ast
import re
from typing import Any

from tutor.exceptions import TutorError

NAME = re.compile(r"METAEDU_[A-Z0-9_]+")


def literal(settings: Any) -> str:
    """One assignment a line, sorted by name. Raises TutorError for what is no setting of metaedu's."""
    if not isinstance(settings, dict):
        raise TutorError(f'METAEDU_SETTINGS is {settings!r}. Give names and values: {{"METAEDU_NOTICE": "…"}}.')
    for name, value in settings.items():
        if not NAME.fullmatch(str(name)):
            raise TutorError(f"METAEDU_SETTINGS has {name!r}, which is no setting of metaedu's (METAEDU_…).")
        try:
            ast.literal_eval(repr(value))
        except (ValueError, SyntaxError) as error:
            raise TutorError(
                f"METAEDU_SETTINGS has {value!r} for {name}. Give text, a number, true, false or a list."
            ) from error
    return "\n".join(f"{name} = {value!r}" for name, value in sorted(settings.items()))
