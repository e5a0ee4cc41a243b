"""Findings about items that are not as they were in earlier runs of the course."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import (
    Action,
    Figure,
    Finding,
    Subject,
    finder,
    finding_key,
    points_figure,
    share_figure,
)
from metaedu_plugin.insights.findings.deeper import item_link
from metaedu_plugin.insights.wording import percent

OTHER_THAN_BEFORE = "item_other_than_before"


@finder
def items_other_than_before(room: Classroom) -> Iterator[Finding]:
    """Items that are harder or easier than in earlier runs, for learners who are as able, beyond chance."""
    for one in room.runs.changes.values():
        if not one.sure or one.item in room.faulty:
            continue
        name, harder = room.item_title(one.item), one.shift.value < 0
        n = one.now.success.n
        before = room.runs.before(one.item)
        given = {"item": name, "now": percent(one.now.success.value), "would": percent(one.expected)}
        yield Finding(
            key=finding_key(OTHER_THAN_BEFORE, one.item),
            reason=OTHER_THAN_BEFORE,
            subject=Subject("item", one.item, name),
            title=(_("Harder than in earlier runs: %(item)s") if harder else _("Easier than in earlier runs: %(item)s"))
            % given,
            sentence=_(
                "%(now)s got “%(item)s” right at the first attempt. Were it as hard as in earlier runs, it would be"
                " %(would)s: learners who do equally well elsewhere are compared."
            )
            % given,
            helps=round(n * -one.shift.value) if harder else 0,
            certainty=1 - one.p,
            evidence=(
                points_figure("shift_of_runs", _("Beside earlier runs"), one.shift),
                share_figure("first_attempt_success", _("Right at the first attempt, now"), one.now.success),
                *(
                    Figure(
                        f"month_{run.course}",
                        _("Run %(run)s") % {"run": curriculum.run_name(course=run.course)},
                        ngettext("%(share)s of %(n)s learner", "%(share)s of %(n)s learners", item.success.n)
                        % {"share": percent(item.success.value), "n": item.success.n},
                        item.success.value,
                        item.success.low,
                        item.success.high,
                        item.success.n,
                    )
                    for run, item in before
                ),
            ),
            action=Action(
                "compare_runs",
                _("Look what has changed since then: its text, its key, or what is taught before it.")
                if harder
                else _("Look whether its answer goes round since then; a variant, or random numbers, help."),
                _("Look at its runs"),
                item_link(room.course, one.item),
            ),
        )
