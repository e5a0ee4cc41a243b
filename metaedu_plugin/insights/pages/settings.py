"""Course settings: what they are, what others would do, and what was changed by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.api import CurriculumError, SettingsInfo
from metaedu_plugin.insights import selectors, settings_words
from metaedu_plugin.insights.access import StaffView
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.effects import Effects, effects
from metaedu_plugin.insights.offered import choices
from metaedu_plugin.insights.pages.base import change_number

_SALT: Final = "metaedu.insights.settings"
GOOD_FOR: Final = 24 * 3600
"""Seconds in which a preview can be saved."""
PERCENT: Final = ("mastered", "target")


class Stale(ValueError):
    """A preview that was not made here, or is too old."""


def token(*, course: str, before: SettingsInfo, after: SettingsInfo) -> str:
    """A preview that was shown, signed: what is saved is what was looked at."""
    told = [course, msgspec.to_builtins(before), msgspec.to_builtins(after)]
    return signing.dumps(told, salt=_SALT, compress=True)


def save(given: str, *, course: str, by: str) -> bool:
    """Save what a preview showed; whether anything changed. Raises Stale, and CurriculumError as `change_settings`."""
    try:
        of, *both = signing.loads(given, salt=_SALT, max_age=GOOD_FOR)
        before, after = (msgspec.convert(one, SettingsInfo) for one in both)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Stale(_("This preview is too old. Look at it again, then save.")) from error
    if of != course:
        raise Stale(_("This preview is of another course. Look at it again, then save."))
    return curriculum.change_settings(course=course, wanted=after, by=by, seen=before) is not None


def room_of(course: str) -> Classroom | None:
    """The class; None while its answers are still being read."""
    try:
        return selectors.classroom_of(course=course)
    except selectors.StillReading:
        return None


class SettingsForm(forms.Form):
    """Numbers as people write them: shares in percent. The curriculum checks their limits."""

    enabled = forms.BooleanField(label=gettext_lazy("Show suggestions to learners"), required=False)
    mastered = forms.IntegerField(label=gettext_lazy("Mastery threshold, in %"))
    target = forms.IntegerField(label=gettext_lazy("Chance of success that practice aims at, in %"))
    minutes_a_day = forms.IntegerField(label=gettext_lazy("Minutes a day, for who has set none"))
    compare = forms.BooleanField(label=gettext_lazy("Show “me and the course average” to learners"), required=False)
    HELP: Final = {
        "mastered": gettext_lazy("A skill counts as mastered from this chance of getting a fresh item right."),
        "target": gettext_lazy("Practice is most useful where some of it works out and some does not yet."),
        "minutes_a_day": gettext_lazy("Learners can choose their own pace on their plan at any time."),
        "compare": gettext_lazy(
            "For each skill, beside their own range, only where at least ten others have answered. Nobody is ranked."
        ),
    }

    def __init__(self, *args: Any, by_platform: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most) in curriculum.LIMITS.items():
            scale = 100 if name in PERCENT else 1
            limits = {"min": round(scale * least), "max": round(scale * most), "inputmode": "numeric"}
            self.fields[name].widget.attrs.update(limits)
        for name, told in self.HELP.items():
            self.fields[name].help_text = told
            self.fields[name].widget.attrs["aria-describedby"] = f"help-{name}"
        self.fields["enabled"].disabled = by_platform

    @classmethod
    def of(cls, now: SettingsInfo, *, by_platform: bool, data: Mapping[str, Any] | None = None) -> SettingsForm:
        """The form with the settings as they are, or with what was sent."""
        initial: dict[str, Any] = msgspec.to_builtins(now)
        initial |= {name: round(100 * initial[name]) for name in PERCENT}
        initial["enabled"] = now.enabled or by_platform
        return cls(data, initial=initial, by_platform=by_platform)

    def wanted(self, now: SettingsInfo, left_out: list[str]) -> SettingsInfo:
        """The settings that a valid form asks for."""
        given = dict(self.cleaned_data)
        if self.fields["enabled"].disabled:
            given["enabled"] = now.enabled
        # What is not touched stays as it is, also between two whole numbers.
        for name in PERCENT:
            unchanged = given[name] == round(100 * getattr(now, name))
            given[name] = getattr(now, name) if unchanged else given[name] / 100
        return msgspec.structs.replace(now, left_out=tuple(sorted(set(left_out))), **given)


@method_decorator(xframe_options_sameorigin, name="dispatch")
class SettingsPage(StaffView):
    """The page. `do` is preview, save (of the `token` of a preview) or take_back (the number of a `change`)."""

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The settings as they are."""
        return self._page(request, course)

    def post(self, request: HttpRequest, course: str) -> HttpResponse:
        """A preview, or what was saved."""
        do = request.POST.get("do", "preview")
        now = curriculum.settings(course=course)
        try:
            if do == "save":
                return self._saved(request, course)
            if do == "take_back":
                change = change_number(request.POST.get("change", ""))
                wanted = curriculum.settings_without(course=course, change=change)
                return self._preview(request, course, now, wanted, form=None)
            form = SettingsForm.of(now, by_platform=_by_platform(course), data=request.POST)
            left_out = request.POST.getlist("left_out")
            if not form.is_valid():
                return self._page(request, course, form=form, left_out=left_out, status=400)
            return self._preview(request, course, now, form.wanted(now, left_out), form=form)
        except (CurriculumError, Stale) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(_address(course))

    def _saved(self, request: HttpRequest, course: str) -> HttpResponse:
        if save(request.POST.get("token", ""), course=course, by=request.user.get_username()):
            messages.success(request, _("Saved. It holds from the next suggestion on."))
        return HttpResponseRedirect(_address(course))

    def _preview(
        self, request: HttpRequest, course: str, now: SettingsInfo, wanted: SettingsInfo, *, form: SettingsForm | None
    ) -> HttpResponse:
        try:
            curriculum.check_settings(wanted, course=course)
        except CurriculumError as error:
            if form is None:
                raise
            left_out = list(wanted.left_out)
            return self._page(request, course, form=form, left_out=left_out, problems=error.problems, status=400)
        fields = [msgspec.to_builtins(one) for one in (now, wanted)]
        lines = settings_words.lines(course=course, before=fields[0], after=fields[1])
        if not lines:
            messages.info(request, _("Nothing is different from what is set already."))
            return HttpResponseRedirect(_address(course))
        room = room_of(course)
        found = effects(course=course, room=room, before=now, after=wanted)
        context = {
            **_about(request, course),
            "lines": lines,
            "effects": found,
            "reading": room is None,
            "titles": _titles(course, found),
            "token": token(course=course, before=now, after=wanted),
            "wanted": wanted,
            "now": now,
        }
        return render(request, "metaedu/insights/settings_preview.html", context)

    def _page(
        self,
        request: HttpRequest,
        course: str,
        *,
        form: SettingsForm | None = None,
        left_out: list[str] | None = None,
        problems: list[str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        now = curriculum.settings(course=course)
        by_platform = _by_platform(course)
        chosen = tuple(left_out) if left_out is not None else now.left_out
        items = choices(course=course, left_out=chosen)
        to_choose = {capture.problem_of(one.key) for one in items if not one.faulty}
        context = {
            **_about(request, course),
            "form": form or SettingsForm.of(now, by_platform=by_platform),
            "problems": problems or [],
            "by_platform": by_platform,
            "off_everywhere": not capture.is_on(name="feedback"),
            "items": items,
            # What cannot be chosen now, since it is faulty or gone, is left out still when it can be again.
            "kept": [key for key in chosen if capture.problem_of(key) not in to_choose],
            "entries": settings_words.entries(course=course),
        }
        return render(request, "metaedu/insights/settings.html", context, status=status)


def _about(request: HttpRequest, course: str) -> dict[str, Any]:
    info = curriculum.course(key=course)
    return {"course": course, "title": info.title if info else course, "info": info, "framed": "frame" in request.GET}


def _titles(course: str, found: Effects) -> dict[str, str]:
    """Of the items that a preview names."""
    told = [side for one in found.shown for side in (one.now, one.then)]
    steps = [step["item"] for side in told for day in side.days for step in day["steps"]]
    actions = [side.next["action"]["item"] for side in told if side.next["action"]]
    keys = {key for key in [*steps, *actions] if key}
    return {key: one.title or key for key, one in curriculum.items(course=course, keys=list(keys)).items()}


def _by_platform(course: str) -> bool:
    info = curriculum.course(key=course)
    return bool(info and info.by_platform)


def _address(course: str) -> str:
    return reverse("metaedu_insights:settings", args=[course])
