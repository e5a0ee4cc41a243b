"""An item: all its figures, what is chosen instead, its months; to mark as faulty, and to tag."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.findings.deeper import item_link
from metaedu_plugin.insights.pages.base import Aside, back


class ItemPage(Aside):
    """One item of the course: `item` in the address is its key, since keys hold what paths do not."""

    template = "metaedu/insights/item.html"

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        board, key = Board.of(course=course), request.GET.get("item", "")
        row = next((one for one in board.items if one.key == key), None)
        if row is None:
            raise Http404
        room = board.room
        choices = room.structure.wrong_choices.get(key, ())
        return self.show(
            request,
            board,
            row=row,
            # Marked a moment ago, it is so at once, whenever the class is looked at anew.
            faulty=key in curriculum.faulty_items(course=course),
            choices=[(room.choice_title(key, one.choice), one) for one in choices],
            drift=next((one for one in room.structure.drifts if one.item == key), None),
            months=room.structure.months.get(key, ()),
            change=room.runs.changes.get(key),
            runs=[(curriculum.run_name(course=run.course), one) for run, one in room.runs.before(key)],
            run=curriculum.run_name(course=course),
            findings=[one for one in board.findings if one.subject.kind == "item" and one.subject.key == key],
            tags=set(curriculum.skills_of(course=course, items=[key])[key]),
            skills=[one for one in room.skill_infos.values() if not one.is_unit],
        )

    def post(self, request: HttpRequest, course: str) -> HttpResponse:
        """`do` is faulty, sound or retag; then back to where the form was."""
        key, do = request.POST.get("item", ""), request.POST.get("do", "")
        said = ""
        try:
            if do in {"faulty", "sound"}:
                # Any key would do for the mark; only what the class has answered, or what the course has, is an item.
                if key not in Board.of(course=course).room.item and not curriculum.items(course=course, keys=[key]):
                    raise Http404
                curriculum.mark_faulty(course=course, item=key, faulty=do == "faulty")
                said = (
                    _("Marked as faulty: it is not suggested any more, and counts for no skill on this page.")
                    if do == "faulty"
                    else _("The mark is taken back.")
                )
            elif do == "retag":
                curriculum.retag(course=course, item=key, skills=tuple(request.POST.getlist("skill")))
                said = _("Tagged. The figures of the skills follow at the next look.")
        except curriculum.CurriculumError as error:
            return back(request, otherwise=item_link(course, key), failed=str(error))
        return back(request, otherwise=item_link(course, key), said=said)
