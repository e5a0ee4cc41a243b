"""What a source is, and which one a training takes its answers from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, Protocol

from django.conf import settings

from metaedu_plugin.training.errors import TrainingError

# .. setting_name: METAEDU_TRAINING_SOURCE
# .. setting_default: ""
# .. setting_description: Where trainings take their answers from, if not from the plugin's own tables: the address of
#   the analytics database, clickhouse://user:password@host:8123/xapi.
SETTING: Final = "METAEDU_TRAINING_SOURCE"
OWN: Final = "own"
ASPECTS: Final = "aspects"
NAMES: Final = ("", OWN, ASPECTS)
"""What a run may ask for; the empty name is the installation's usual source."""

Row = tuple[int, str, str, str, bool, float, int, int, float | None, int | None]
"""id, course, learner's pseudonym, item, correct, score, attempt, hints, seconds, time in microseconds (UTC)."""


class Source(Protocol):
    """Answers outside of the plugin's own tables."""

    name: str
    """Of the folder that its files lie in."""

    def states(self) -> dict[str, str]:
        """Of each course that there is, a text that changes when the course's answers do."""

    def rows(self, courses: Collection[str]) -> Iterator[Row]:
        """All answers in these courses as rows of the dataset, in the order of (course, learner, time).

        Their ids tell the answers of one course apart.
        """


def chosen(name: str = "") -> Source | None:
    """The source of this name; None for the plugin's own tables.

    Raises:
        TrainingError: the setting is missing, or not an address that is known.

    """
    address = str(getattr(settings, SETTING, "") or "")
    if name == OWN or (not name and address in ("", OWN)):
        return None
    if address in ("", OWN):
        raise TrainingError(
            f"Answers from Aspects need its address: {SETTING} = 'clickhouse://USER:PASSWORD@HOST:8123/xapi'."
        )
    from metaedu_plugin.training.sources import clickhouse  # noqa: PLC0415  its client is not always installed

    return clickhouse.Aspects(address)


def told(name: str = "") -> str:
    """Where the answers come from, for the operator: no address, which has a password in it."""
    return OWN if chosen(name) is None else ASPECTS
