"""The block itself."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from web_fragments.fragment import Fragment
from xblock.completable import XBlockCompletionMode
from xblock.core import XBlock
from xblock.fields import Scope, String
from xblock.utils.studio_editable import StudioEditableXBlockMixin

ADDRESSES: Final = {
    "next": "/metaedu/api/v1/courses/{course}/next",
    "actions": "/metaedu/api/v1/courses/{course}/actions",
    "plan": "/metaedu/learn/{course}/",
}
"""Where the plugin's apps are in the LMS."""
TITLE: Final = gettext_noop("What to practise next")


class PracticeBlock(StudioEditableXBlockMixin, XBlock):
    """Shows the learner's next action with its reason and link. It is not graded and has nothing to complete."""

    has_score = False
    has_author_view = True
    icon_class = "other"
    completion_mode = XBlockCompletionMode.EXCLUDED
    editable_fields = ("display_name",)

    display_name = String(
        display_name="Title",
        help="The heading above the suggestion. What is suggested differs from learner to learner.",
        default=TITLE,
        scope=Scope.settings,
    )

    @property
    def course(self) -> str:
        """Key of the course that the block is in; empty where it is in none."""
        key = getattr(self.scope_ids.usage_id, "context_key", None)
        return str(key) if key else ""

    def student_view(self, context: Any = None) -> Fragment:
        """A place that the page fills: nothing is predicted and nothing is read while the unit is rendered."""
        if not self.course:
            return self.author_view(context)
        fragment = self._framed(format_html('<p class="me-practice-soft">{}</p>', gettext("Looking …")), live=True)
        fragment.add_javascript(_static("practice.js"))
        addresses = {name: path.format(course=quote(self.course)) for name, path in ADDRESSES.items()}
        fragment.initialize_js("MetaeduPractice", {"course": self.course, "words": _words(), **addresses})
        return fragment

    def author_view(self, context: Any = None) -> Fragment:
        """What an author sees: there is no suggestion without a learner."""
        return self._framed(
            format_html(
                "<p>{}</p><p>{}</p>",
                gettext(
                    "Here each learner sees the one thing that is most worth doing next in this course, why, and a "
                    "link to it. It differs from learner to learner, so there is no preview."
                ),
                gettext(
                    "It shows as soon as suggestions are switched on in the course, in the LMS. Until then it says "
                    "that they are off. Place it at the end of a unit, where learners ask what to do next."
                ),
            )
        )

    def _framed(self, content: str, *, live: bool = False) -> Fragment:
        fragment = Fragment(
            format_html(
                '<div class="me-practice"><h3 class="me-practice-title">{}</h3>'
                '<div class="me-practice-said"{}>{}</div></div>',
                self.display_name if self.display_name != TITLE else gettext(TITLE),
                SafeString(' aria-live="polite" aria-busy="true"') if live else "",
                content,
            )
        )
        fragment.add_css(_static("practice.css"))
        return fragment

    @staticmethod
    def workbench_scenarios() -> list[tuple[str, str]]:
        """For the XBlock workbench."""
        return [("metaedu: practice next", "<metaedu_practice/>")]


def _static(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


def _words() -> dict[str, str]:
    """In the reader's language, for the script."""
    return {
        "minutes": gettext("about %s min"),
        "off": gettext("Suggestions are not switched on in this course. Your answers count as always."),
        "signedOut": gettext("Sign in to see what to practise next."),
        "failed": gettext("There is no suggestion just now. Your answers are safe."),
        "again": gettext("Try again"),
        "dismiss": gettext("Not now"),
        "plan": gettext("My plan"),
    }
