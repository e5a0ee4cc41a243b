"""What is taught: the curriculum's one door for other apps."""

from __future__ import annotations

from metaedu_plugin.curriculum.access import is_course_staff
from metaedu_plugin.curriculum.correcting import add_page, faulty_items, mark_faulty, retag, revision
from metaedu_plugin.curriculum.data import Counts, CourseInfo, ItemInfo, PageInfo, SkillInfo
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.importing import (
    import_csv,
    import_structure,
    read_platform,
    save_course,
    set_enabled,
    structure_course,
)
from metaedu_plugin.curriculum.maps import course_map
from metaedu_plugin.curriculum.openedx import courses as platform_courses
from metaedu_plugin.curriculum.reading import course, courses, items, pages, skills, skills_of

__all__ = [
    "Counts",
    "CourseInfo",
    "CurriculumError",
    "ItemInfo",
    "PageInfo",
    "SkillInfo",
    "add_page",
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
    "read_platform",
    "retag",
    "revision",
    "save_course",
    "set_enabled",
    "skills",
    "skills_of",
    "structure_course",
]
