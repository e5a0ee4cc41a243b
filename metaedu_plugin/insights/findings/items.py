"""Findings about single items."""

from __future__ import annotations

import math
from collections.abc import Iterator

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
    share_figure,
)
from metaedu_plugin.insights.statistics import Estimate, ItemStatistics
from metaedu_plugin.insights.statistics.intervals import Z95, family_z, fisher, normal_cdf
from metaedu_plugin.insights.thresholds import ALL_WRONG_LEARNERS, MIN_LEARNERS, TOO_EASY, TOO_HARD
from metaedu_plugin.insights.wording import percent

FAULTY, TOO_HARD_ITEM, TOO_EASY_ITEM = "faulty_item", "too_hard_item", "too_easy_item"


@finder
def faulty_items(room: Classroom) -> Iterator[Finding]:
    """Items that those who know more get wrong more often, that nobody ever gets right, or whose key is doubtful."""
    doubts = {one.item: one for one in room.structure.doubts}
    for one in reversed_items(room):
        doubts.pop(one.key, None)
        yield _faulty(
            room,
            one,
            sentence=_(
                "Learners who do well elsewhere get “%(item)s” wrong more often than the others. "
                "That is the mark of a wrong answer key or a misleading text."
            ),
            certainty=normal_cdf(-math.atanh(one.discrimination.value) * math.sqrt(one.discrimination.n - 3)),
        )
    for one in judged_items(room):
        if never_right(one):
            doubts.pop(one.key, None)
            yield _faulty(
                room,
                one,
                sentence=_("Nobody has ever got “%(item)s” right, at any attempt: the answer key may be wrong."),
                certainty=1 - one.success.high,
            )
    for doubt in doubts.values():
        choice = room.choice_title(doubt.item, doubt.choice)
        yield _faulty(
            room,
            room.item[doubt.item],
            sentence=_(
                "Those who choose “%(choice)s” in “%(item)s” do better elsewhere than those who are marked right:"
                " perhaps the key names the wrong option."
            ).replace("%(choice)s", choice.replace("%", "%%")),
            certainty=1 - doubt.p,
            more=(
                points_figure(
                    "key_doubt",
                    _("How much better they do elsewhere"),
                    Estimate(doubt.gap, doubt.low, doubt.high, doubt.n),
                ),
            ),
        )


@finder
def too_hard_items(room: Classroom) -> Iterator[Finding]:
    """Items that few get right at the first attempt, for certain."""
    faulty = {one.key for one in room.items if never_right(one)} | {one.key for one in reversed_items(room)}
    faulty |= {one.item for one in room.structure.doubts}
    for one in judged_items(room):
        if one.success.n < MIN_LEARNERS or one.success.high >= TOO_HARD or one.key in faulty:
            continue
        wrong = round(one.success.n * (1 - one.success.value))
        yield _finding(
            room,
            one,
            reason=TOO_HARD_ITEM,
            title=_("Too hard: %(item)s"),
            sentence=_("%(wrong)s of %(n)s learners got “%(item)s” wrong at the first attempt.")
            % {"wrong": wrong, "n": one.success.n, "item": room.item_title(one.key)},
            helps=wrong,
            certainty=_certainty(one, TOO_HARD),
            action=("explain_before", _("Explain it in class, add a hint, or put an easier item before it.")),
        )


@finder
def too_easy_items(room: Classroom) -> Iterator[Finding]:
    """Items that nearly all get right at once, for certain: they take time, yet keep nobody from learning."""
    for one in judged_items(room):
        if one.success.n < MIN_LEARNERS or one.success.low <= TOO_EASY:
            continue
        yield _finding(
            room,
            one,
            reason=TOO_EASY_ITEM,
            title=_("Too easy: %(item)s"),
            sentence=_("%(share)s of %(n)s learners got “%(item)s” right at once: it tells little about them.")
            % {"share": percent(one.success.value), "n": one.success.n, "item": room.item_title(one.key)},
            helps=0,
            certainty=1 - _certainty(one, TOO_EASY),
            action=("replace_item", _("Make it a warm-up, or replace it by a harder one.")),
        )


def judged_items(room: Classroom) -> list[ItemStatistics]:
    """All items but those that were marked as faulty already."""
    return [one for one in room.items if one.key not in room.faulty]


def reversed_items(room: Classroom) -> list[ItemStatistics]:
    """Items of which the discrimination is below 0, for certain, all items of the course considered together."""
    judged = [one for one in judged_items(room) if one.discrimination.n >= MIN_LEARNERS and one.discrimination.known]
    z = family_z(len(judged))
    return [one for one in judged if fisher(one.discrimination.value, one.discrimination.n, z)[1] < 0]


def never_right(one: ItemStatistics) -> bool:
    """Whether enough learners answered, and none got it right at any attempt."""
    return one.success.n >= ALL_WRONG_LEARNERS and one.ever_right == 0


def _certainty(one: ItemStatistics, limit: float) -> float:
    """Probability that the true success is below the limit (normal approximation on the Wilson interval)."""
    centre, half = (one.success.low + one.success.high) / 2, (one.success.high - one.success.low) / 2
    return normal_cdf((limit - centre) / max(half / Z95, 1e-9))


def _faulty(
    room: Classroom, one: ItemStatistics, *, sentence: str, certainty: float, more: tuple[Figure, ...] = ()
) -> Finding:
    return _finding(
        room,
        one,
        reason=FAULTY,
        title=_("Perhaps faulty: %(item)s"),
        sentence=sentence % {"item": room.item_title(one.key)},
        helps=round(one.success.n * (1 - one.success.value)),
        certainty=certainty,
        action=("check_answer_key", _("Check the answer key and the text of the item.")),
        more=more,
    )


def _finding(
    room: Classroom,
    one: ItemStatistics,
    *,
    reason: str,
    title: str,
    sentence: str,
    helps: int,
    certainty: float,
    action: tuple[str, str],
    more: tuple[Figure, ...] = (),
) -> Finding:
    name = room.item_title(one.key)
    info = room.item_infos.get(one.key)
    own_page = bool(info and info.url)
    return Finding(
        key=finding_key(reason, one.key),
        reason=reason,
        subject=Subject("item", one.key, name),
        title=title % {"item": name},
        sentence=sentence,
        helps=helps,
        certainty=certainty,
        evidence=(*more, *_evidence(room, one)),
        action=Action(
            *action,
            label=_("Open the item") if own_page else _("See its figures"),
            link=info.url if info and own_page else page_link(room.course, anchor("item", one.key)),
        ),
    )


def _evidence(room: Classroom, one: ItemStatistics) -> Iterator[Figure]:
    yield share_figure("first_attempt_success", _("Right at the first attempt"), one.success)
    if one.discrimination.known:
        yield number_figure("discrimination", _("Discrimination"), one.discrimination)
    yield count_figure("learners", _("Learners"), one.learners)
    if one.wrong_choice:
        text = f"{room.choice_title(one.key, one.wrong_choice)} ({percent(one.wrong_choice_share)})"
        yield Figure("wrong_choice", _("Most frequent wrong choice"), text, one.wrong_choice_share)
