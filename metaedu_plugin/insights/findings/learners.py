"""Findings about learners who need someone now."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import (
    Action,
    Affected,
    Figure,
    Finding,
    Subject,
    count_figure,
    finder,
    finding_key,
    page_link,
)
from metaedu_plugin.insights.findings.items import never_right
from metaedu_plugin.insights.findings.skills import holds_back, mastery_text
from metaedu_plugin.insights.mastery import chance_below, is_weak
from metaedu_plugin.insights.statistics import LearnerStatistics
from metaedu_plugin.insights.statistics.learners import DAY
from metaedu_plugin.insights.thresholds import (
    CLASS_ACTIVE,
    NEARLY_DONE,
    QUIET_ANSWERS,
    QUIET_DAYS,
    QUIET_UNTIL_DAYS,
    STREAK,
)
from metaedu_plugin.insights.wording import percent

STUCK, GONE_QUIET = "stuck_on_skill", "gone_quiet"


@finder
def stuck_learners(room: Classroom) -> Iterator[Finding]:
    """Who of those active this week is evidently weak on what they work at, or gets one answer after another wrong."""
    groups: dict[str, dict[str, tuple[float, list[str]]]] = defaultdict(dict)
    for skill, learner, certainty, why in (*_weak(room), *_streaks(room)):
        before, reasons = groups[skill].get(learner, (0.0, []))
        groups[skill][learner] = (max(before, certainty), [*reasons, why])
    for skill, members in groups.items():
        name = room.skill_title(skill)
        ordered = sorted(members.items(), key=lambda pair: -pair[1][0])
        yield Finding(
            key=finding_key(STUCK, skill, latest=room.latest),
            reason=STUCK,
            subject=Subject("learners", skill, name),
            title=_("Need help now: %(skill)s") % {"skill": name},
            sentence=ngettext(
                "%(n)s learner works on “%(skill)s” this week and is stuck.",
                "%(n)s learners work on “%(skill)s” this week and are stuck.",
                len(ordered),
            )
            % {"n": len(ordered), "skill": name},
            helps=len(ordered),
            certainty=sum(certainty for certainty, _why in members.values()) / len(members),
            evidence=tuple(_stuck_figures(room, skill, members.keys())),
            action=Action(
                "talk_to_learners",
                _("Talk to them before they give up: below is where each one stands."),
                _("See them in the mastery map"),
                page_link(room.course, "mastery-map"),
            ),
            who=tuple(Affected(learner, "; ".join(why)) for learner, (_certainty, why) in ordered),
        )


@finder
def gone_quiet(room: Classroom) -> Iterator[Finding]:
    """Who has stopped answering while the class goes on."""
    if math.isnan(room.latest):
        return
    active = sum(room.is_recent(one.last) for one in room.learners if not math.isnan(one.last))
    if active < max(3, CLASS_ACTIVE * len(room.learners)):
        return
    quiet = [(one, _silence(room, one)) for one in room.learners if _is_quiet(room, one)]
    if not quiet:
        return
    quiet.sort(key=lambda pair: -pair[1])
    yield Finding(
        key=finding_key(GONE_QUIET, "class", latest=room.latest),
        reason=GONE_QUIET,
        subject=Subject("learners", "class", _("Gone quiet")),
        title=_("Gone quiet"),
        sentence=ngettext(
            "%(n)s learner answered before, and has not for more than a week while the class went on.",
            "%(n)s learners answered before, and have not for more than a week while the class went on.",
            len(quiet),
        )
        % {"n": len(quiet)},
        helps=len(quiet),
        certainty=sum(certainty for _one, certainty in quiet) / len(quiet),
        evidence=(
            count_figure("learners", _("Quiet learners"), len(quiet)),
            count_figure("active", _("Active this week"), active),
        ),
        action=Action(
            "write_to_learners",
            _("Write to them: a short personal message brings some back."),
            _("See them in the mastery map"),
            page_link(room.course, "mastery-map"),
        ),
        who=tuple(
            Affected(
                one.learner,
                _("silent for %(days)s days, %(n)s answers before")
                % {"days": int((room.latest - one.last) // DAY), "n": one.answers},
            )
            for one, _certainty in quiet
        ),
    )


def _stuck_figures(room: Classroom, skill: str, members: Collection[str]) -> Iterator[Figure]:
    weak = [m.mean for who, m in room.mastery.column(skill) if who in members and is_weak(m)]
    rows = sum(one.wrong_in_a_row >= STREAK for one in room.learners if one.learner in members)
    if weak:
        yield count_figure("weak", _("With low mastery"), len(weak))
        mean = sum(weak) / len(weak)
        yield Figure("mean_mastery", _("Their mean mastery (model)"), percent(mean), mean, n=len(weak))
    if rows:
        yield count_figure("streaks", _("With %(n)s or more wrong in a row") % {"n": STREAK}, rows)


def _weak(room: Classroom) -> Iterator[tuple[str, str, float, str]]:
    """Skill, learner, certainty and reason of each weak mastery on a skill met this week."""
    for skill in room.mastery.skills:
        if holds_back(room, skill):
            continue
        for learner, m in room.mastery.column(skill):
            if is_weak(m) and skill in room.current.get(learner, ()):
                yield skill, learner, chance_below(m), mastery_text(m)


def _streaks(room: Classroom) -> Iterator[tuple[str, str, float, str]]:
    """The same of each run of wrong responses; not where the item is at fault."""
    for one in room.learners:
        if one.wrong_in_a_row < STREAK or not room.is_recent(one.last):
            continue
        item = room.item[one.streak_item]
        if never_right(item) or item.key in room.faulty:
            continue
        success = item.success.value if item.success.known else 0.5
        why = _("%(n)s wrong in a row, the latest at “%(item)s”") % {
            "n": one.wrong_in_a_row,
            "item": room.item_title(one.streak_item),
        }
        for skill in room.skills_of(one.streak_item)[:1]:
            yield skill, one.learner, 1 - (1 - success) ** one.wrong_in_a_row, why


def _is_quiet(room: Classroom, one: LearnerStatistics) -> bool:
    silent = (room.latest - one.last) / DAY
    return (
        QUIET_DAYS < silent <= QUIET_UNTIL_DAYS
        and one.answers >= QUIET_ANSWERS
        and one.items < NEARLY_DONE * len(room.items)
    )


def _silence(room: Classroom, one: LearnerStatistics) -> float:
    """How unusual the silence is for the learner: active days as a Poisson process at their own pace."""
    span = max((one.last - one.since) / DAY, 1.0)
    return 1 - math.exp(-one.days / span * (room.latest - one.last) / DAY)
