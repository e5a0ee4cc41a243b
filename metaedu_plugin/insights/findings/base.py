"""What a finding is, and the list of those who find."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.insights.wording import percent, span


@dataclass(frozen=True)
class Figure:
    """One figure of the evidence."""

    code: str
    label: str
    text: str
    """The figure with its interval, for a person."""
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Subject:
    """What a finding is about."""

    kind: str
    """item, skill or learners."""
    key: str
    title: str


@dataclass(frozen=True)
class Affected:
    """A learner whom a finding is about, and why."""

    learner: str
    """Pseudonym."""
    why: str


@dataclass(frozen=True)
class Action:
    """What to do about it."""

    code: str
    sentence: str
    label: str
    """Text of the link."""
    link: str


@dataclass(frozen=True)
class Finding:
    """One thing that the class needs."""

    key: str
    """Stable: reason code and subject, and the week where it is about a week."""
    reason: str
    """Stable code."""
    subject: Subject
    title: str
    sentence: str
    helps: int
    """Learners whom acting on it would help."""
    certainty: float
    """0 to 1: how sure the answers make it."""
    evidence: tuple[Figure, ...]
    action: Action
    who: tuple[Affected, ...] = ()


Finder = Callable[[Classroom], Iterable[Finding]]
FINDERS: list[Finder] = []


def finder(function: Finder) -> Finder:
    """Add a finder: one more kind of finding is one more function."""
    FINDERS.append(function)
    return function


def finding_key(reason: str, subject: str, *, latest: float | None = None) -> str:
    """Key of a finding. With `latest` (epoch seconds) it holds for that ISO week: a new week, a new decision."""
    week = ""
    if latest is not None and not math.isnan(latest):
        year, number, _ = datetime.fromtimestamp(latest, UTC).isocalendar()
        week = f"@{year}-W{number:02d}"
    if len(subject) > 150:
        subject = hashlib.sha256(subject.encode()).hexdigest()[:32]
    return f"{reason}:{subject}{week}"


def anchor(kind: str, key: str) -> str:
    """Name of a place on the page: keys hold characters that addresses do not."""
    return f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def page_link(course: str, place: str) -> str:
    """Address of a place on the course's insights page."""
    return f"{reverse('metaedu_insights:page', args=[course])}#{place}"


def share_figure(code: str, label: str, estimate: Estimate) -> Figure:
    """A share with its interval."""
    text = f"{percent(estimate.value)} ({span(estimate.low, estimate.high)})"
    return Figure(code, label, text, estimate.value, estimate.low, estimate.high, estimate.n)


def number_figure(code: str, label: str, estimate: Estimate) -> Figure:
    """A number with its interval."""
    text = _("%(value)s (%(low)s to %(high)s)") % {
        "value": f"{estimate.value:.2f}",
        "low": f"{estimate.low:.2f}",
        "high": f"{estimate.high:.2f}",
    }
    return Figure(code, label, text, estimate.value, estimate.low, estimate.high, estimate.n)


def points_figure(code: str, label: str, estimate: Estimate) -> Figure:
    """A difference of shares, in points of a hundred."""
    text = _("%(value)s points (%(low)s to %(high)s)") % {
        "value": f"{100 * estimate.value:+.0f}",
        "low": f"{100 * estimate.low:+.0f}",
        "high": f"{100 * estimate.high:+.0f}",
    }
    return Figure(code, label, text, estimate.value, estimate.low, estimate.high, estimate.n)


def count_figure(code: str, label: str, count: int) -> Figure:
    """A count."""
    return Figure(code, label, str(count), float(count))
