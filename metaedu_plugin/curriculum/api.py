"""What is taught: the curriculum's one door for other apps."""

from __future__ import annotations

from metaedu_plugin.curriculum.access import is_course_staff
from metaedu_plugin.curriculum.correcting import add_page, faulty_items, mark_faulty, retag, revision
from metaedu_plugin.curriculum.data import (
    ChangeInfo,
    Counts,
    CourseInfo,
    ItemInfo,
    PageInfo,
    PrerequisiteChangeInfo,
    SettingsInfo,
    SkillInfo,
)
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.importing import (
    import_csv,
    import_structure,
    read_platform,
    save_course,
    set_enabled,
    structure_course,
)
from metaedu_plugin.curriculum.maps import course_map, trial_map
from metaedu_plugin.curriculum.openedx import courses as platform_courses
from metaedu_plugin.curriculum.prerequisites import prerequisite_changes, set_prerequisite, undo_prerequisite
from metaedu_plugin.curriculum.reading import course, courses, items, pages, skills, skills_of
from metaedu_plugin.curriculum.runs import run_name, runs, same_course, shared_key
from metaedu_plugin.curriculum.settings import LIMITS, changes, policy, policy_of, settings
from metaedu_plugin.curriculum.settings import change as change_settings
from metaedu_plugin.curriculum.settings import check as check_settings
from metaedu_plugin.curriculum.settings import without as settings_without

__all__ = [
    "LIMITS",
    "ChangeInfo",
    "Counts",
    "CourseInfo",
    "CurriculumError",
    "ItemInfo",
    "PageInfo",
    "PrerequisiteChangeInfo",
    "SettingsInfo",
    "SkillInfo",
    "add_page",
    "change_settings",
    "changes",
    "check_settings",
    "course",
    "course_map",
    "courses",
    "faulty_items",
    "import_csv",
    "import_structure",
    "is_course_staff",
    "items",
    "mark_faulty",
    "pages",
    "platform_courses",
    "policy",
    "policy_of",
    "prerequisite_changes",
    "read_platform",
    "retag",
    "revision",
    "run_name",
    "runs",
    "same_course",
    "save_course",
    "set_enabled",
    "set_prerequisite",
    "settings",
    "settings_without",
    "shared_key",
    "skills",
    "skills_of",
    "structure_course",
    "trial_map",
    "undo_prerequisite",
]
