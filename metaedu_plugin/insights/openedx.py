"""The platform's instructor dashboard and roles: the one module of insights that knows the course platform.

The platform's filters and METAEDU_COURSE_STAFF load it (`settings/common.py` names them), and the digest does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from metaedu_plugin import inside
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.harmless import PipelineStep, harmless, warn_once
from metaedu_plugin.insights.settings.common import MAKO

KEY: Final = "metaedu"
ORDER: Final = 120
"""Behind the platform's own tabs, which count in tens up to 110."""
ROLES: Final = "common.djangoapps.student.roles"
TEACHING: Final = (
    ("CourseStaffRole", False),
    ("CourseInstructorRole", False),
    ("OrgStaffRole", True),
    ("OrgInstructorRole", True),
)
"""Each with whether it holds for an organisation rather than for one course."""
BATCH: Final = 500
"""People asked for in one query."""
FEATURE: Final = "insights for others than the site's staff"


class Tab(PipelineStep):
    """Step of `InstructorDashboardTabsRequested`: a tab of the dashboard that is an app of its own, since Verawood."""

    @harmless("tab of the instructor dashboard")
    def run_filter(self, tabs: list[dict[str, Any]], user: Any, course_key: Any) -> dict[str, Any]:
        """Add the tab. Its address is absolute: such a tab is a plain link, any other needs an own build of the app."""
        course = str(course_key)
        present = any(tab.get("tab_id") == KEY for tab in tabs)
        if not present and curriculum.is_course_staff(user=user, course=course):
            tab = {"tab_id": KEY, "title": gettext("Insights"), "url": _address(course), "sort_order": ORDER}
            tabs = [*tabs, tab]
        return {"tabs": tabs, "user": user, "course_key": course_key}


class LegacyTab(PipelineStep):
    """Step of `InstructorDashboardRenderStarted`: a section of the dashboard that the LMS renders."""

    @harmless("section of the instructor dashboard")
    def run_filter(self, context: dict[str, Any], template_name: str) -> dict[str, Any]:
        """Add the section, whose template is `mako/instructor_dashboard/metaedu.html`."""
        sections = context["sections"]
        course = str(context["course"].id)
        present = any(section.get("section_key") == KEY for section in sections)
        if not present and _template_is_found() and curriculum.is_course_staff(user=_asker(), course=course):
            context = {**context, "sections": [*sections, _section(course)]}
        return {"context": context, "template_name": template_name}


def is_course_staff(user: Any, course_key: str) -> bool:
    """The rule of METAEDU_COURSE_STAFF inside the platform.

    Staff and instructors, of the course or of its organisation, and the staff of the whole site. Not data researchers:
    the platform gives them reports to read, while whoever teaches also writes to learners here. Where the platform's
    roles cannot be had, the staff of the whole site alone.
    """
    if user.is_staff or user.is_superuser:
        return True
    keys = inside.found("opaque_keys.edx.keys.CourseKey", feature=FEATURE)
    roles: list[tuple[Any, bool]] = [
        (inside.found(f"{ROLES}.{name}", feature=FEATURE), of_org) for name, of_org in TEACHING
    ]
    if keys is None or any(role is None for role, _ in roles):
        return False
    try:
        key = keys.from_string(course_key)
    except Exception:  # an imported course: its key is none of the platform's
        return False
    return any(role(key.org if of_org else key).has_user(user) for role, of_org in roles)


def language_of(user: Any) -> str:
    """The language that a person has chosen on the platform; empty where they have not, or it cannot be known."""
    preference = inside.found(
        "openedx.core.djangoapps.user_api.preferences.api.get_user_preference",
        feature="each person's language in mails",
    )
    if preference is None:
        return ""
    try:
        return str(preference(user, "pref-lang", username=user.username) or "")
    except Exception as error:
        warn_once(f"metaedu: mails go out in the site's language, since a person's is not told: {error!r}")
        return ""


def gender(user_ids: Sequence[int]) -> dict[int, str]:
    """What people say of their gender in their profile, in words: for `read` of METAEDU_FAIRNESS.

    Who says nothing is left out. Raises LookupError where the platform's profiles cannot be had.
    """
    profile = inside.found("common.djangoapps.student.models.UserProfile", feature="groups by gender")
    if profile is None:
        raise LookupError("the platform has no common.djangoapps.student.models.UserProfile")
    words = {"m": gettext("men"), "f": gettext("women"), "o": gettext("other")}
    found: dict[int, str] = {}
    for start in range(0, len(user_ids), BATCH):
        some = profile.objects.filter(user_id__in=user_ids[start : start + BATCH])
        found |= {user: words[said] for user, said in some.values_list("user_id", "gender") if said in words}
    return found


def _asker() -> Any:
    """Who the dashboard is rendered for: the filter does not say."""
    current = inside.found("crum.get_current_user", feature="the section of the instructor dashboard")
    return current() if current else None


def _template_is_found() -> bool:
    """A section whose template is missing would take the whole dashboard with it."""
    if MAKO in map(str, getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", ())):
        return True
    warn_once(f"metaedu: no section in the instructor dashboard: {MAKO} is not in MAKO_TEMPLATE_DIRS_BASE")
    return False


def _section(course: str) -> dict[str, Any]:
    return {
        "section_key": KEY,
        "section_display_name": gettext("Insights"),
        "course_id": course,
        "template_path_prefix": "/instructor_dashboard/",
        "lead": gettext("What the class needs now, for whom, and on which evidence."),
        "open": gettext("Open on a page of its own"),
        "frame": gettext("Insights of this course"),
        "url": reverse("metaedu_insights:page", args=[course]),
    }


def _address(course: str) -> str:
    root = str(getattr(settings, "LMS_ROOT_URL", "") or "").rstrip("/")
    return root + reverse("metaedu_insights:page", args=[course])
