"""Which skill comes before which: what the data suggest, what is declared, and what was changed by whom."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import decisions
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.findings.base import finding_key
from metaedu_plugin.insights.findings.deeper import LEADS_TO
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.insights.pages.base import Aside, back, change_number, finding_of


class PrerequisitesPage(Aside):
    """The prerequisites of a course, to be declared and withdrawn by hand."""

    template = "metaedu/insights/prerequisites.html"

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        board = Board.of(course=course)
        skills = curriculum.skills(course=course)
        titles = {key: one.title or key for key, one in skills.items()}
        declared = {(one.key, before) for one in skills.values() for before in one.prerequisites}
        leads = {suggestion_key(one.before, one.after): (one.after, one.before) for one in board.room.structure.leads}
        return self.show(
            request,
            board,
            skills=sorted(titles.items(), key=lambda pair: skills[pair[0]].position),
            declared=[
                (titles[one.key], [(titles[key], key) for key in one.prerequisites], one.key)
                for one in skills.values()
                if one.prerequisites
            ],
            # The class may have been looked at before the last change here.
            suggested=[
                one
                for one in board.findings
                if one.key in leads and leads[one.key] not in declared and one.key not in board.decisions
            ],
            changes=[
                (one, titles.get(one.skill, one.skill), titles.get(one.before, one.before))
                for one in curriculum.prerequisite_changes(course=course)
            ],
        )

    def post(self, request: HttpRequest, course: str) -> HttpResponse:
        """`do` is declare or withdraw (with `skill` and `before`), accept (with `finding`) or undo (with `change`)."""
        page, by = reverse("metaedu_insights:prerequisites", args=[course]), request.user.get_username()
        given, do = request.POST, request.POST.get("do", "")
        try:
            if do == "accept":
                changed = accept(Board.of(course=course), given.get("finding", ""), by=by)
            elif do == "undo":
                change = change_number(given.get("change", ""))
                changed = curriculum.undo_prerequisite(course=course, change=change, by=by)
            elif do in {"declare", "withdraw"}:
                pair = {name: given.get(name, "") for name in ("skill", "before")}
                changed = curriculum.set_prerequisite(course=course, **pair, declared=do == "declare", by=by)
            else:
                return back(request, otherwise=page)
        except curriculum.CurriculumError as error:
            return back(request, otherwise=page, failed=str(error))
        return back(request, otherwise=page, said=_said(do) if changed else _("It is so already."))


def suggestion_key(before: str, after: str) -> str:
    """Key of the finding that suggests this prerequisite."""
    return finding_key(LEADS_TO, f"{before}>{after}")


def accept(board: Board, finding: str, *, by: str) -> bool:
    """Declare what a finding suggests, and accept the finding; False where it is declared already.

    Raises Http404 where it does not hold any more, and as `curriculum.set_prerequisite`.
    """
    course = board.room.course
    about = finding_of(board, finding)
    lead = next((one for one in board.room.structure.leads if suggestion_key(one.before, one.after) == finding), None)
    if lead is None:
        raise Http404
    changed = curriculum.set_prerequisite(course=course, skill=lead.after, before=lead.before, declared=True, by=by)
    if finding not in board.decisions:
        accepted = FindingDecision.Decision.ACCEPTED
        decisions.decide(course=course, finding=finding, decision=accepted, reason="", by=by, about=about)
    return changed


def _said(do: str) -> str:
    if do == "undo":
        return _("Taken back.")
    if do == "withdraw":
        return _("Withdrawn: learners are not led there first any more.")
    return _("Declared: learners who are weak there are led there first.")
