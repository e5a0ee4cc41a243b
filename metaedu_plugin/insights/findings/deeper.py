"""Findings that no mean shows: skills that are two, tags that do not fit, prerequisites, items that change."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import (
    Action,
    Figure,
    Finding,
    Subject,
    anchor,
    count_figure,
    finder,
    finding_key,
    number_figure,
    page_link,
    points_figure,
)
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.insights.wording import percent

TWO_SKILLS, WRONG_TAG, LEADS_TO, DRIFTS = "two_skills", "tag_does_not_fit", "suggested_prerequisite", "item_drifts"
SHOWN_ITEMS = 4


@finder
def skills_that_are_two(room: Classroom) -> Iterator[Finding]:
    """Skills of which the items ask for two different things."""
    for one in room.structure.splits:
        name = room.skill_title(one.skill)
        figures = next((each for each in room.skills if each.key == one.skill), None)
        if figures is None:
            continue
        yield Finding(
            key=finding_key(TWO_SKILLS, one.skill),
            reason=TWO_SKILLS,
            subject=Subject("skill", one.skill, name),
            title=_("Perhaps two skills: %(skill)s") % {"skill": name},
            sentence=_(
                "The items of “%(skill)s” fall into two groups: who does well in the one does not always in the other."
            )
            % {"skill": name},
            helps=round(figures.learners * (1 - figures.success.value) / 2),
            certainty=1 - one.p,
            evidence=(
                number_figure("related", _("How the two go together (1: one skill)"), one.related),
                *(
                    Figure(f"group_{n}", _("Group %(n)s") % {"n": n}, _listed(room, group), float(len(group)))
                    for n, group in enumerate(one.groups, start=1)
                ),
            ),
            action=Action(
                "split_skill",
                _("Compare both groups; if they ask for different things, give one of them a skill of its own."),
                _("See its learning curve"),
                page_link(room.course, anchor("skill", one.skill)),
            ),
        )


@finder
def tags_that_do_not_fit(room: Classroom) -> Iterator[Finding]:
    """Items whose answers go with another skill than the one they are tagged with."""
    for one in room.structure.misfits:
        name, better = room.item_title(one.item), room.skill_title(one.better)
        statistics = room.item[one.item]
        yield Finding(
            key=finding_key(WRONG_TAG, one.item),
            reason=WRONG_TAG,
            subject=Subject("item", one.item, name),
            title=_("Perhaps tagged wrongly: %(item)s") % {"item": name},
            sentence=_("The answers to “%(item)s” go with “%(better)s” rather than with its own skill, “%(skill)s”.")
            % {"item": name, "better": better, "skill": room.skill_title(one.skill)},
            helps=round(statistics.success.n * (1 - statistics.success.value) / 2),
            certainty=1 - one.p,
            evidence=(
                number_figure("fits_own", _("Goes with its own skill (0 to 1)"), one.own),
                number_figure("fits_other", _("Goes with “%(skill)s”") % {"skill": better}, one.other),
                count_figure("learners", _("Learners"), one.own.n),
            ),
            action=Action(
                "retag_item",
                _("Look at what the item asks for, and tag it with “%(skill)s” if that is it.") % {"skill": better},
                _("Look at it and retag it"),
                item_link(room.course, one.item),
            ),
        )


@finder
def suggested_prerequisites(room: Classroom) -> Iterator[Finding]:
    """Skills that seem to be needed for another, and are not declared so."""
    for one in room.structure.leads:
        before, after = room.skill_title(one.before), room.skill_title(one.after)
        yield Finding(
            key=finding_key(LEADS_TO, f"{one.before}>{one.after}"),
            reason=LEADS_TO,
            subject=Subject("skill", one.after, after),
            title=_("Perhaps needed first: %(before)s") % {"before": before},
            sentence=_(
                "Of learners who are equally good elsewhere, those who do well at “%(before)s” get %(with)s of"
                " “%(after)s” right, the others %(without)s."
            )
            % {"before": before, "after": after, "with": percent(one.with_it), "without": percent(one.without)},
            helps=round(one.gap.n / 2 * one.gap.value),
            certainty=1 - one.p,
            evidence=(
                points_figure("gap", _("Difference at equal success elsewhere"), one.gap),
                number_figure("excess", _("Go together beyond what all skills do"), one.excess),
                Figure("first", _("Met “%(skill)s” first") % {"skill": before}, percent(one.first), one.first),
            ),
            action=Action(
                "declare_prerequisite",
                _("If the one builds on the other, declare it: learners are then led to “%(before)s” first.")
                % {"before": before},
                _("See what comes first"),
                reverse("metaedu_insights:prerequisites", args=[room.course]),
            ),
        )


@finder
def items_that_change(room: Classroom) -> Iterator[Finding]:
    """Items that became easier or harder over the months, while the class's success elsewhere did not."""
    for one in room.structure.drifts:
        name, n = room.item_title(one.item), sum(month.n for month in one.months)
        harder = one.shift < 0
        yield Finding(
            key=finding_key(DRIFTS, one.item, latest=room.latest),
            reason=DRIFTS,
            subject=Subject("item", one.item, name),
            title=(_("Becomes harder: %(item)s") if harder else _("Becomes easier: %(item)s")) % {"item": name},
            sentence=(
                _("“%(item)s” is answered right less and less often, by learners who are as good elsewhere as before.")
                if harder
                else _("“%(item)s” is answered right more and more often, by learners who are no better elsewhere.")
            )
            % {"item": name},
            helps=round(n * abs(one.shift) / 2) if harder else 0,
            certainty=1 - one.p,
            evidence=(
                points_figure("shift", _("Change from first to last month"), Estimate(one.shift, one.low, one.high, n)),
                *(
                    Figure(
                        f"month_{month.month}",
                        month.month,
                        _("%(share)s of %(n)s") % {"share": percent(month.success), "n": month.n},
                        month.success,
                        month.low,
                        month.high,
                        month.n,
                    )
                    for month in (one.months[0], one.months[-1])
                ),
            ),
            action=Action(
                "review_item",
                _("Look whether its text or what is taught before it has changed.")
                if harder
                else _("Look whether its answer goes round; a variant, or random numbers, help."),
                _("Look at its months"),
                item_link(room.course, one.item),
            ),
        )


def item_link(course: str, item: str) -> str:
    """Address of an item's own page."""
    return f"{reverse('metaedu_insights:item', args=[course])}?{urlencode({'item': item})}"


def _listed(room: Classroom, items: tuple[str, ...]) -> str:
    """Titles of a few items, and how many more there are."""
    text = ", ".join(room.item_title(key) for key in items[:SHOWN_ITEMS])
    more = len(items) - SHOWN_ITEMS
    return _("%(items)s and %(n)s more") % {"items": text, "n": more} if more > 0 else text
