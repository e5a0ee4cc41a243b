"""Findings about skills."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import (
    Action,
    Affected,
    Figure,
    Finding,
    Subject,
    anchor,
    count_figure,
    finder,
    finding_key,
    page_link,
    share_figure,
)
from metaedu_plugin.insights.mastery import chance_below, is_evident, is_weak
from metaedu_plugin.insights.statistics import SkillStatistics
from metaedu_plugin.insights.statistics.intervals import Z95, Estimate, normal_cdf, share
from metaedu_plugin.insights.thresholds import (
    FEW_ITEMS,
    FEW_ITEMS_LEARNERS,
    FLAT_GAIN,
    FLAT_LEARNERS,
    FLAT_SUCCESS,
    HOLDS_BACK_OF,
    HOLDS_BACK_SHARE,
    WEAK_MASTERY,
)
from metaedu_plugin.insights.wording import percent, span
from serving.types import Mastery

HOLDS_BACK, FLAT_CURVE, FEW_ITEMS_REASON = "skill_holds_back", "flat_learning_curve", "few_items"


def holds_back(room: Classroom, skill: str) -> bool:
    """Whether so many are weak on a skill that it is a matter for the class."""
    evident = [m for _learner, m in room.mastery.column(skill) if is_evident(m)]
    weak = sum(is_weak(m) for m in evident)
    return len(evident) >= HOLDS_BACK_OF and weak >= HOLDS_BACK_SHARE * len(evident)


@finder
def skills_that_hold_back(room: Classroom) -> Iterator[Finding]:
    """Skills on which many learners evidently have low mastery."""
    for one in room.skills:
        if not holds_back(room, one.key):
            continue
        evident = [(learner, m) for learner, m in room.mastery.column(one.key) if is_evident(m)]
        weak = sorted(((who, m) for who, m in evident if is_weak(m)), key=lambda pair: pair[1].mean)
        mean = sum(m.mean for _who, m in evident) / len(evident)
        later = [s.title for s in room.skill_infos.values() if one.key in s.prerequisites]
        figures = [
            share_figure("weak_share", _weak_label(), share(len(weak), len(evident))),
            Figure("mean_mastery", _("Mean mastery (model)"), percent(mean), mean, n=len(evident)),
            share_figure("first_attempt_success", _("Right at the first attempt"), one.success),
        ]
        if later:
            figures.append(Figure("needed_for", _("Needed for"), ", ".join(later), float(len(later))))
        yield _finding(
            room,
            one,
            reason=HOLDS_BACK,
            title=_("Holds the class back: %(skill)s"),
            sentence=_("%(weak)s of %(n)s learners who practised “%(skill)s” have not got it.")
            % {"weak": len(weak), "n": len(evident), "skill": room.skill_title(one.key)},
            who=tuple(Affected(who, mastery_text(m)) for who, m in weak),
            certainty=sum(chance_below(m) for _who, m in weak) / len(weak),
            evidence=tuple(figures),
            action=("teach_again", _("Take it up again in class, or point to its reading page.")),
        )


@finder
def flat_learning_curves(room: Classroom) -> Iterator[Finding]:
    """Skills that practice does not help, for certain."""
    for one in room.skills:
        if one.gain.n < FLAT_LEARNERS or not one.gain.known or one.gain.high >= FLAT_GAIN:
            continue
        if one.success.value >= FLAT_SUCCESS:
            continue
        deviation = (one.gain.high - one.gain.low) / (2 * Z95)
        yield _finding(
            room,
            one,
            reason=FLAT_CURVE,
            title=_("Practice does not help: %(skill)s"),
            sentence=_(
                "Learners do not get better at “%(skill)s” while they practise it. "
                "Either its items or hints do not teach, or the later items are harder."
            )
            % {"skill": room.skill_title(one.key)},
            helps=round(one.learners * (1 - one.success.value)),
            certainty=normal_cdf((FLAT_GAIN - one.gain.value) / max(deviation, 1e-9)),
            evidence=(
                _gain_figure(one.gain),
                share_figure("first_attempt_success", _("Right at the first attempt"), one.success),
                count_figure("learners", _("Learners"), one.learners),
            ),
            action=("improve_practice", _("Look at its curve, and at the hints and the order of its items.")),
        )


@finder
def skills_with_few_items(room: Classroom) -> Iterator[Finding]:
    """Skills whose items ran out before learners had got there."""
    for one in room.skills:
        if not 0 < one.items < FEW_ITEMS:
            continue
        met = room.met_items[one.key]
        out = [
            (who, m)
            for who, m in room.mastery.column(one.key)
            if met.get(who, 0) >= one.items and m.status == "learning"
        ]
        if len(out) < FEW_ITEMS_LEARNERS:
            continue
        yield _finding(
            room,
            one,
            reason=FEW_ITEMS_REASON,
            title=_("Too little to practise: %(skill)s"),
            sentence=ngettext(
                "%(n)s learners have answered the only item of “%(skill)s” and have not mastered it.",
                "%(n)s learners have answered all %(items)s items of “%(skill)s” and have not mastered it.",
                one.items,
            )
            % {"n": len(out), "items": one.items, "skill": room.skill_title(one.key)},
            who=tuple(Affected(who, mastery_text(m)) for who, m in out),
            certainty=sum(chance_below(m, room.policy.mastered) for _who, m in out) / len(out),
            evidence=(
                count_figure("items", _("Items"), one.items),
                count_figure("learners", _("Learners"), one.learners),
                share_figure("first_attempt_success", _("Right at the first attempt"), one.success),
            ),
            action=("add_items", _("Add items for it, or tag existing ones with it.")),
        )


def mastery_text(m: Mastery) -> str:
    """A mastery with its range and what it rests on."""
    return _("mastery %(mean)s (%(range)s), %(n)s answers") % {
        "mean": percent(m.mean),
        "range": span(m.low, m.high),
        "n": m.responses,
    }


def _gain_figure(gain: Estimate) -> Figure:
    text = _("%(value)s points (%(low)s to %(high)s)") % {
        "value": f"{100 * gain.value:+.0f}",
        "low": f"{100 * gain.low:+.0f}",
        "high": f"{100 * gain.high:+.0f}",
    }
    return Figure("gain", _("Gain from the first to the fifth item"), text, gain.value, gain.low, gain.high, gain.n)


def _weak_label() -> str:
    return _("Learners below %(limit)s mastery") % {"limit": percent(WEAK_MASTERY)}


def _finding(
    room: Classroom,
    one: SkillStatistics,
    *,
    reason: str,
    title: str,
    sentence: str,
    certainty: float,
    evidence: tuple[Figure, ...],
    action: tuple[str, str],
    who: tuple[Affected, ...] = (),
    helps: int | None = None,
) -> Finding:
    name = room.skill_title(one.key)
    reading = next((page for page in room.pages if one.key in page.skills), None) if reason == HOLDS_BACK else None
    return Finding(
        key=finding_key(reason, one.key),
        reason=reason,
        subject=Subject("skill", one.key, name),
        title=title % {"skill": name},
        sentence=sentence,
        helps=len(who) if helps is None else helps,
        certainty=certainty,
        evidence=evidence,
        action=Action(
            *action,
            label=_("Open “%(page)s”") % {"page": reading.title} if reading else _("See its learning curve"),
            link=reading.url if reading else page_link(room.course, anchor("skill", one.key)),
        ),
        who=who,
    )
