"""Everything that is shown and can be had as a file, in the order of the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.downloads import files, tables
from metaedu_plugin.insights.downloads.files import Table
from metaedu_plugin.insights.downloads.tables import Asked


@dataclass(frozen=True)
class Download:
    """A table that can be had as a file."""

    name: str
    """Of the file, and in its address."""
    title: Promise
    row: Promise
    """What one row is."""
    table: Callable[[str, Asked], Table]
    """From the course and what the address asks for. Raises Http404 where there is nothing of the kind."""
    of_one: bool = False
    """Whether it is of something that the address has to name."""


def _of(make: Callable[[Board], Table]) -> Callable[[str, Asked], Table]:
    return lambda course, _asked: make(Board.of(course=course))


DOWNLOADS: Final = (
    Download("findings", _("Findings"), _("a figure of a finding"), _of(tables.findings)),
    Download("affected", _("Whom findings are about"), _("a learner of a finding"), _of(tables.affected)),
    Download("learning-curves", _("Learning curves"), _("a point of a curve"), _of(tables.learning_curves)),
    Download("skills", _("Skills"), _("a skill"), _of(tables.skills)),
    Download("prerequisites", _("What comes first"), _("two skills, declared or suggested"), _of(tables.prerequisites)),
    Download("learners", _("Learners"), _("a learner, with the mastery of each skill"), _of(tables.learners)),
    Download("groups", _("Learners who work alike"), _("a learner of a group"), _of(tables.groups)),
    Download("answers", _("Answers"), _("an answer of one learner"), tables.answers, of_one=True),
    Download("items", _("Items"), _("an item"), _of(tables.items)),
    Download("wrong-choices", _("What is chosen instead"), _("a wrong choice of an item"), _of(tables.wrong_choices)),
    Download("months", _("Items over the months"), _("an item in a month"), _of(tables.months)),
    Download("runs", _("Items beside earlier runs"), _("an item"), _of(tables.runs)),
    Download("runs-apart", _("Items, run by run"), _("an item in a run of the course"), _of(tables.runs_apart)),
    Download("experiment", _("Learners of the experiment"), _("a learner of the latest experiment"), tables.compared),
    Download("looks", _("Looks at experiments"), _("a look at an experiment"), tables.looks),
    Download("versions", _("How right each version was"), _("a version of the model"), _of(tables.versions)),
    Download("calibration", _("Does what it says come?"), _("a tenth of a version's answers"), _of(tables.calibration)),
    Download("fairness", _("Is it fair?"), _("a group of learners"), _of(tables.fairness)),
    Download("changes", _("What was changed"), _("a setting that was changed"), tables.changes),
)
BY_NAME: Final = {one.name: one for one in DOWNLOADS}


@dataclass(frozen=True)
class Offer:
    """A download as a page offers it."""

    title: Promise
    row: Promise
    csv: str
    """Address."""
    parquet: str
    """Address; empty where no Parquet can be written."""


def offer(name: str, *, course: str, **asked: str | int) -> Offer:
    """A download by its name, of what `asked` says."""
    one = BY_NAME[name]
    more = f"?{urlencode(asked)}" if asked else ""
    csv, parquet = (reverse(f"metaedu_insights:{name}-{form}", args=[course]) + more for form in ("csv", "parquet"))
    return Offer(title=one.title, row=one.row, csv=csv, parquet=parquet if files.has_parquet() else "")
