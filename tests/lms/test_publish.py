"""A published course fills the curriculum."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.curriculum import api as curriculum
from tests.lms.course import publish


def test_the_curriculum_follows_what_was_published(numbers: Any) -> None:
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    course = publish(number=f"Published{next(numbers)}")

    known = curriculum.course(key=str(course))
    assert known is not None
    assert known.title.startswith("Course Published")
    assert not known.enabled
    items = curriculum.items(course=str(course))
    assert set(items) == {str(problem) for problem in course.problems.values()}
    assert items[str(course.problems["capital"])].title == "About capital"

    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred), store.bulk_operations(course.key):
        store.delete_item(course.problems["sums"], author)
        store.publish(course.unit, author)

    assert str(course.problems["sums"]) not in curriculum.items(course=str(course))


def test_the_blocks_api_of_the_platform_is_understood(course: Any, learner: Any, instructor: Any) -> None:
    answer = instructor.client.get(
        "/api/courses/v2/blocks/",
        {"course_id": str(course), "all_blocks": "true", "depth": "all", "requested_fields": "children"},
    )
    assert answer.status_code == 200, answer.content

    curriculum.import_structure(structure=answer.json())

    items = curriculum.items(course=str(course))
    assert set(items) == {str(problem) for problem in course.problems.values()}
    assert all("/jump_to/" in item.url for item in items.values())
