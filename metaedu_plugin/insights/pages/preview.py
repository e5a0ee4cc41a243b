"""What would happen if: the instructor answers for a made-up learner, or for a real one without a name."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import selectors, trying
from metaedu_plugin.insights.anonymous import Anonymous, named, sample
from metaedu_plugin.insights.offered import Choice, choices
from metaedu_plugin.insights.trying import Given, Tried
from metaedu_plugin.insights.views import ClassView

log = logging.getLogger(__name__)

_ANSWER: Final = re.compile(r"([0-9a-f]{8})([rw])")


def code(item: str) -> str:
    """A short name of an item for addresses: keys of the platform have a hundred letters."""
    return hashlib.blake2b(item.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True)
class Asked:
    """What the address says."""

    who: str
    """Code of a real learner; empty for a made-up one."""
    answers: str
    """A code and r (right) or w (wrong) for each answer."""
    item: str
    """Code of the item to try next."""
    did: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """From the address."""
        return cls(*(request.GET.get(name, "") for name in ("who", "a", "item", "did")))

    def given(self, items: dict[str, Choice]) -> list[Given]:
        """The answers, by the codes of the course's items; what is no item of it is left aside."""
        found = [(items[one], outcome == "r") for one, outcome in _ANSWER.findall(self.answers) if one in items]
        return [(item.key, right) for item, right in found][: trying.MOST]


@method_decorator(xframe_options_sameorigin, name="dispatch")
class PreviewPage(ClassView):
    """The page. It changes nothing, so all that it shows is in its address."""

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """`who`, the answers `a`, an `item`, and with `did` (right, wrong, back) the way to the next address."""
        asked = Asked.of(request)
        items = {code(one.key): one for one in choices(course=course, parts=True)}
        given = asked.given(items)
        if asked.did:
            return HttpResponseRedirect(address(course, who=asked.who, given=_after(asked, given, items)))
        room = selectors.classroom_of(course=course)
        one = named(room, asked.who)
        chosen = items.get(asked.item)
        tried = _tried(course, one, given, chosen) if items else None
        info = curriculum.course(key=course)
        context = {
            "course": course,
            "title": info.title if info else course,
            "framed": "frame" in request.GET,
            "items": [(short, item, bool(chosen and item.key == chosen.key)) for short, item in items.items()],
            "learners": sample(room),
            "all": len(room.learners),
            "one": one,
            "unknown": bool(asked.who) and one is None,
            "titles": {each.key: each.title for each in items.values()},
            "answers": [(items[code(item)].title, right) for item, right in given],
            "a": encoded(given),
            "most": trying.MOST,
            "beginners": _beginners(course, room),
            "tried": tried,
            "then": _then(tried, items),
            "failed": bool(items) and tried is None,
        }
        status = 503 if context["failed"] else 200
        return render(request, "metaedu/insights/preview.html", context, status=status)


def encoded(given: list[Given]) -> str:
    """Answers as an address has them."""
    return "".join(f"{code(item)}{'r' if right else 'w'}" for item, right in given)


def address(course: str, *, who: str = "", given: list[Given] | None = None) -> str:
    """The page of a learner with these answers."""
    query = {name: value for name, value in (("who", who), ("a", encoded(given or []))) if value}
    page = reverse("metaedu_insights:preview", args=[course])
    return f"{page}?{urlencode(query)}#told" if query else page


def _after(asked: Asked, given: list[Given], items: dict[str, Choice]) -> list[Given]:
    if asked.did == "back":
        return given[:-1]
    if asked.item not in items or asked.did not in {"right", "wrong"}:
        return given
    return [*given, (items[asked.item].key, asked.did == "right")][: trying.MOST]


def _tried(course: str, one: Anonymous | None, given: list[Given], then: Choice | None) -> Tried | None:
    """What they are told; None where it cannot be worked out now."""
    try:
        return trying.try_out(
            course=course, learner=one.learner if one else "", given=given, then=then.key if then else ""
        )
    except Exception:  # a store that is away, a model that fails: the page says so
        log.exception("insights: a preview could not be made")
        return None


def _then(tried: Tried | None, items: dict[str, Choice]) -> dict[str, Any] | None:
    """The item that is tried both ways."""
    if tried is None or not tried.then:
        return None
    key = tried.then[0].item
    known = items.get(code(key))
    return {"code": code(key), "title": known.title if known else key, "both": tried.then}


def _beginners(course: str, room: Any) -> list[tuple[str, str]]:
    titles = {
        "strong": _("A strong beginner"),
        "average": _("An average beginner"),
        "struggling": _("A struggling beginner"),
    }
    return [
        (titles[name], address(course, given=trying.beginner(room, ability=ability)))
        for name, ability in trying.BEGINNERS.items()
    ]
