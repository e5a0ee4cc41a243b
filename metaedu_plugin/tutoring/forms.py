"""What a learner chooses about a plan; one set of limits for the page and the REST API."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metaedu_plugin.curriculum.api import CourseInfo
from metaedu_plugin.tutoring import guidance


@dataclass(frozen=True)
class Chosen:
    """Up to when, and how much a day."""

    until: datetime.date
    minutes_a_day: int


def check_until(value: datetime.date) -> None:
    """A plan is for days ahead. Raises ValidationError with what to choose instead."""
    ahead = (value - timezone.localdate()).days
    if ahead < 0:
        raise ValidationError(gettext("Choose today or a later day."))
    if ahead > guidance.MOST_DAYS:
        raise ValidationError(gettext("Choose a day within the next year."))


def check_minutes(value: int) -> None:
    """What fits into a day. Raises ValidationError with what to choose instead."""
    if not guidance.LEAST_MINUTES <= value <= guidance.MOST_MINUTES:
        limits = {"least": guidance.LEAST_MINUTES, "most": guidance.MOST_MINUTES}
        raise ValidationError(gettext("Choose between %(least)s and %(most)s minutes.") % limits)


class PlanForm(forms.Form):
    """Date and minutes. What is missing or wrong is answered with the defaults, and with what to do about it."""

    until = forms.DateField(
        label=_("Plan until"),
        required=False,
        validators=[check_until],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    minutes_a_day = forms.IntegerField(
        label=_("Minutes a day"),
        required=False,
        validators=[check_minutes],
        widget=forms.NumberInput(
            attrs={
                "min": guidance.LEAST_MINUTES,
                "max": guidance.MOST_MINUTES,
                "step": 5,
                "inputmode": "numeric",
            }
        ),
    )
    chosen: Chosen

    @classmethod
    def of(cls, data: Any, *, course: CourseInfo) -> PlanForm:
        """The form with what was asked for, checked; `chosen` holds what the plan is made for."""
        default = Chosen(
            until=guidance.default_until(course=course), minutes_a_day=guidance.default_minutes(course=course.key)
        )
        today = timezone.localdate()
        asked = {name: data[name] for name in cls.base_fields if data.get(name)}
        form = cls({"until": default.until.isoformat(), "minutes_a_day": default.minutes_a_day, **asked})
        form.fields["until"].widget.attrs.update(
            min=today.isoformat(), max=(today + datetime.timedelta(days=guidance.MOST_DAYS)).isoformat()
        )
        form.is_valid()
        form.chosen = Chosen(
            until=form.cleaned_data.get("until") or default.until,
            minutes_a_day=form.cleaned_data.get("minutes_a_day") or default.minutes_a_day,
        )
        return form
