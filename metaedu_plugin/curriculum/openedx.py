"""The course platform's content, tags and flags: the one module of the curriculum that knows the platform."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from metaedu_plugin import inside
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.structure import COURSES

log = logging.getLogger(__name__)

MODULESTORE: Final = "xmodule.modulestore.django"
DRAWN: Final = {"library_content", "itembank", "split_test", "conditional"}
"""Blocks that give each learner some of their children only: none of these can be suggested to everybody."""
CCX: Final = "lms.djangoapps.ccx.overrides"
TAGS: Final = ("openedx_tagging.models.ObjectTag", "openedx_tagging.core.tagging.models.ObjectTag")
"""Of this year's releases, and of those before."""

# .. toggle_name: metaedu.enabled
# .. toggle_implementation: CourseWaffleFlag
# .. toggle_default: False
# .. toggle_description: Lets the learners of a course see feedback, next actions and plans. A course is on when this
#   flag is on for it, or when it was switched on with metaedu itself (metaedu_curriculum --enable, operator's page).
# .. toggle_use_cases: opt_in
# .. toggle_creation_date: 2026-11-26
# .. toggle_warning: Forcing it off does not switch a course off that metaedu itself has switched on.
FLAG: Final = "metaedu.enabled"


def structure(*, course: str) -> dict[str, Any]:
    """What is published of a course, as `curriculum.structure` reads it. Raises CurriculumError, with what to do."""
    store = _store()
    names = inside.found("xmodule.modulestore.ModuleStoreEnum", feature="the content of courses")
    key = _key(course)
    field = _fields(key)
    published = names.Branch.published_only if names else "published-only"
    with store.branch_setting(published, key), store.bulk_operations(key, emit_signals=False):
        root = store.get_course(key, depth=None)
        if root is None:
            raise CurriculumError(f"the platform has no course '{course}'")
        return describe(root, tags=tags(course=course), original=_original(store), field=field)


def _as_is(block: Any, name: str) -> Any:
    return getattr(block, name, None)


def describe(
    root: Any,
    *,
    tags: Mapping[str, list[str]] | None = None,
    original: Callable[[Any], str] = lambda key: "",
    field: Callable[[Any, str], Any] = _as_is,
) -> dict[str, Any]:
    """A course's blocks in the shape of the course blocks API, with what else `curriculum.structure.Block` names.

    Blocks are the platform's XBlocks: of each `scope_ids` (usage_id and block_type), `get_children()`, and, where it
    has them, display_name, has_score, start, end, visible_to_staff_only, group_access, hide_from_toc, is_time_limited.
    `tags` are content tags by usage key, None where nobody asked for them; `original` gives the block that a copy was
    made from; `field` reads what the course may have otherwise than the block.
    """
    blocks: dict[str, dict[str, Any]] = {}
    waiting = [root]
    while waiting:
        block = waiting.pop()
        key = str(block.scope_ids.usage_id)
        if key in blocks:
            continue
        children = list(block.get_children()) if getattr(block, "has_children", False) else []
        blocks[key] = {
            "type": block.scope_ids.block_type,
            "id": key,
            "display_name": str(field(block, "display_name") or _title(block)),
            "children": [str(child.scope_ids.usage_id) for child in children],
            "has_score": bool(getattr(block, "has_score", False)),
            "start": _moment(field(block, "start")),
            "end": _moment(field(block, "end")),
            "restricted": _restricted(block, field),
            "original": original(block.scope_ids.usage_id) if block.scope_ids.block_type == "problem" else "",
            "tags": list((tags or {}).get(key, ())),
        }
        waiting.extend(children)
    root_key = str(root.scope_ids.usage_id)
    return {"root": root_key, "blocks": blocks, "whole": True, "tagged": tags is not None}


def courses() -> list[str]:
    """Keys of all courses that the platform has. Raises CurriculumError where there is no platform."""
    return sorted(str(summary.id) for summary in _store().get_course_summaries())


def tags(*, course: str) -> dict[str, list[str]] | None:
    """Content tags of the course's blocks by usage key, of the taxonomy that stands for skills; None without one."""
    # .. setting_name: METAEDU_SKILL_TAXONOMY
    # .. setting_default: ""
    # .. setting_description: Name or export id of the platform's taxonomy whose content tags are the skills of items.
    #   A tag counts for its block and for what is below it. Empty: tags are not asked for; skills come from CSV files,
    #   else from the subsections.
    wanted = getattr(settings, "METAEDU_SKILL_TAXONOMY", "")
    if not wanted:
        return None
    models = (inside.found(path, feature="skills from content tags") for path in _likely(TAGS))
    model = next(filter(None, models), None)
    if model is None:
        return None
    here = next((course.replace(key, blocks, 1) for blocks, key in COURSES.items() if course.startswith(key)), course)
    # A custom course has the tags of the course that it was made of.
    there = here.removeprefix("ccx-").partition("+ccx@")[0] + "+"
    rows = (
        model.objects.filter(object_id__startswith=there).select_related("taxonomy", "tag").order_by("object_id", "id")
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.taxonomy is not None and wanted in (row.taxonomy.name, row.taxonomy.export_id):
            found.setdefault(f"{here}+{row.object_id.removeprefix(there)}", []).append(row.value)
    return found


def flag_is_on(*, course: str) -> bool:
    """Whether the platform's flag `metaedu.enabled` is on for the course; off outside of the LMS."""
    if inside.project() != "lms":
        return False
    flag = _flag()
    try:
        return flag is not None and bool(flag.is_enabled(_key(course)))
    except CurriculumError:
        return False


def connect(*, publish: Callable[[str], None]) -> None:
    """Called once, when Django is ready: `publish` is told the key of each course whose content has changed."""
    if not inside.project():
        return

    def on_publish(course_key: Any, **_: Any) -> None:
        publish(str(course_key))

    def on_tags(content_object: Any, **_: Any) -> None:
        course, _, _ = content_object.object_id.replace("block-v1:", "course-v1:", 1).partition("+type@")
        publish(course)

    handler = inside.found(f"{MODULESTORE}.SignalHandler", feature="new content at each publishing")
    if handler is not None:
        handler.course_published.connect(on_publish, weak=False, dispatch_uid="metaedu_curriculum.published")
    if getattr(settings, "METAEDU_SKILL_TAXONOMY", ""):
        changed = inside.found(
            "openedx_events.content_authoring.signals.CONTENT_OBJECT_ASSOCIATIONS_CHANGED", feature="new content tags"
        )
        if changed is not None:
            changed.connect(on_tags, weak=False, dispatch_uid="metaedu_curriculum.tagged")


@lru_cache(maxsize=1)
def _flag() -> Any | None:
    made = inside.found("openedx.core.djangoapps.waffle_utils.CourseWaffleFlag", feature="the flag metaedu.enabled")
    return made(FLAG, __name__) if made else None


def _store() -> Any:
    modulestore = inside.found(f"{MODULESTORE}.modulestore", feature="the content of courses")
    if modulestore is None:
        raise CurriculumError(
            f"this platform has no {MODULESTORE}.modulestore: import the structure from a file, with --structure"
            if inside.project()
            else "there is no course platform in this process: run it with ./manage.py cms, or lms"
        )
    return modulestore()


def _key(course: str) -> Any:
    """The platform's course key. Raises CurriculumError for a key of another form."""
    from opaque_keys import InvalidKeyError  # noqa: PLC0415  a library of the platform
    from opaque_keys.edx.keys import CourseKey  # noqa: PLC0415

    try:
        return CourseKey.from_string(course)
    except InvalidKeyError as error:
        raise CurriculumError(
            f"'{course}' is not the key of a course of the platform (course-v1:org+course+run)"
        ) from error


def _original(store: Any) -> Callable[[Any], str]:
    """What a library's copy was made from, where this platform can tell."""
    ask = getattr(store, "get_block_original_usage", None)
    return (lambda key: str(ask(key)[0] or "")) if ask else (lambda key: "")


def _fields(course: Any) -> Callable[[Any, str], Any]:
    """Reads a block's field. The coach of a custom course (CCX) hides and dates blocks for it, outside of the store.

    Raises CurriculumError where that cannot be known: what is hidden would be suggested.
    """
    number = getattr(course, "ccx", None)
    if number is None:
        return _as_is
    custom, override = (
        inside.found(path, feature="custom courses (CCX)")
        for path in ("lms.djangoapps.ccx.models.CustomCourseForEdX", f"{CCX}.get_override_for_ccx")
    )
    made = custom.objects.filter(pk=number).first() if custom and inside.project() == "lms" else None
    if made is None or override is None:
        raise CurriculumError(f"'{course}' is a custom course: read it with ./manage.py lms, while it exists")
    return lambda block, name: override(made, block, name, _as_is(block, name))


def _title(block: Any) -> Any:
    """The platform's blocks have a name for those without one."""
    return getattr(block, "display_name_with_default", None) or getattr(block, "display_name", None) or ""


def _restricted(block: Any, field: Callable[[Any, str], Any]) -> bool:
    """Whether there are learners who do not get the block's content, or not with help."""
    flags = ("visible_to_staff_only", "hide_from_toc", "is_time_limited")
    return (
        block.scope_ids.block_type in DRAWN
        or any(bool(field(block, name)) for name in flags)
        or any((field(block, "group_access") or {}).values())
    )


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _likely(paths: Iterable[str]) -> list[str]:
    """The paths whose package is there, else the last one, so that one warning names what is missing."""
    from importlib.util import find_spec  # noqa: PLC0415

    def there(path: str) -> bool:
        try:
            return find_spec(path.rpartition(".")[0]) is not None
        except ImportError:
            return False

    return [path for path in paths if there(path)] or list(paths)[-1:]
