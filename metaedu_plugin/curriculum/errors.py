"""What is said when a curriculum cannot be taken in."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

SHOWN = 10


class CurriculumError(ValueError):
    """The input cannot be used; nothing was written. The text says what to do.

    `problems` holds one line per mistake, so that a person can repair a file in one go.
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        more = len(self.problems) - SHOWN
        lines = self.problems[:SHOWN] + ([_("… and %(n)s more") % {"n": more}] if more > 0 else [])
        super().__init__("\n".join(lines))
