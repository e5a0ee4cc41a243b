"""What a version was trained on and measured by, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def sentences(data: Mapping[str, Any]) -> list[str]:
    """On the training, where it began, and what was held out; figures that are missing or 0 leave their part out."""
    trained = _joined(
        _some(data, "responses", lambda n: ngettext("%(n)s response", "%(n)s responses", n)),
        _some(data, "learners", lambda n: ngettext("%(n)s learner", "%(n)s learners", n)),
        _some(data, "courses", lambda n: ngettext("%(n)s course", "%(n)s courses", n)),
        _some(data, "simulated_courses", lambda n: ngettext("%(n)s simulated course", "%(n)s simulated courses", n)),
    )
    held_out = _joined(
        _some(data, "held_out_responses", lambda n: ngettext("%(n)s response", "%(n)s responses", n)),
        _some(data, "held_out_learners", lambda n: ngettext("%(n)s learner", "%(n)s learners", n)),
        _some(data, "unseen_courses", lambda n: ngettext("%(n)s unseen course", "%(n)s unseen courses", n)),
        _some(
            data,
            "simulated_unseen_courses",
            lambda n: ngettext("%(n)s unseen simulated course", "%(n)s unseen simulated courses", n),
        ),
    )
    said = (
        _("Trained on %(what)s.") % {"what": trained} if trained else "",
        _began(data.get("start")),
        _("Held out to measure it: %(what)s.") % {"what": held_out} if held_out else "",
    )
    return [sentence for sentence in said if sentence]


def _began(start: object) -> str:
    if not isinstance(start, str) or not start:
        return ""
    if start == "fresh":
        return _("It began with fresh weights.")
    return _("It began with the weights of %(version)s.") % {"version": start}


def warnings(data: Mapping[str, Any]) -> list[str]:
    """What the training warned of."""
    listed = data.get("warnings")
    return [str(each) for each in listed] if isinstance(listed, list | tuple) else []


def _some(data: Mapping[str, Any], name: str, words: Any) -> str:
    value = data.get(name)
    count = len(value) if isinstance(value, list | tuple) else value
    if not isinstance(count, int) or count <= 0:
        return ""
    return str(words(count)) % {"n": number_format(count, use_l10n=True, force_grouping=True)}


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
