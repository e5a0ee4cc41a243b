"""A prepared message to learners, to be sent by hand."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from metaedu_plugin.insights import messages
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.groups import in_words
from metaedu_plugin.insights.messages import Draft
from metaedu_plugin.insights.pages.base import Aside, finding_of


class Message(Aside):
    """To those whom a `finding` is about, to a `group`, or to one `learner`."""

    template = "metaedu/insights/message.html"

    def get(self, request: HttpRequest, course: str) -> HttpResponse:
        """The page."""
        board = Board.of(course=course)
        full = getattr(request.user, "get_full_name", str)
        draft = _draft(request, board, sender=full() or request.user.get_username())
        return self.show(request, board, draft=draft)


def _draft(request: HttpRequest, board: Board, *, sender: str) -> Draft:
    room = board.room
    if "finding" in request.GET:
        finding = finding_of(board, request.GET["finding"])
        if not finding.who:
            raise Http404
        return messages.to_affected(room, finding, sender=sender)
    if "group" in request.GET:
        number = request.GET["group"]
        groups = room.structure.groups
        if not number.isascii() or not number.isdigit() or not 0 < int(number) <= len(groups):
            raise Http404
        group = groups[int(number) - 1]
        about = _("Group %(number)s: %(words)s") % {"number": number, "words": in_words(group.traits)}
        return messages.to_some(room, group.learners, about=about, sender=sender)
    learner = request.GET.get("learner", "")
    row = next((one for one in room.learners if one.learner == learner), None)
    if row is None:
        raise Http404
    return messages.to_some(room, [learner], about=board.rows([row])[0].name, sender=sender)
