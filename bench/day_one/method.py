"""What a method is: fitted on support learners, asked about others."""

from __future__ import annotations

from typing import Protocol

from bench.day_one.log import Floats, Log


class Fitted(Protocol):
    """A method that has seen the support of a course."""

    def predict(self, query: Log) -> Floats:
        """[N] probability of each row, from that learner's earlier rows and the support only."""


class Method(Protocol):
    """A way to predict responses.

    A method may also have `needs_support = False` (it then runs on no learners at all, the log being empty), and
    `fit_s`, the seconds it was trained on other courses before.
    """

    @property
    def name(self) -> str:
        """In file names and tables: lower case, no "__". This project's default is "ours", others "ours-<family>"."""

    @property
    def trained_on(self) -> str:
        """ "support" for a method that knows nothing but the support; else what else it was trained on."""

    def fit(self, support: Log, *, seed: int) -> Fitted:
        """Learn from, or adapt to, the support learners of one course (`support.name`)."""


class Unsuitable(Exception):
    """Raised by `fit` or `predict` of a method that cannot run on a course at all; the text says why."""
