"""What the structure of the answers says, as findings: worded, ranked, with something to do."""

from __future__ import annotations

import pytest

from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.curriculum.models import Course, Item, Skill
from metaedu_plugin.insights.findings import find
from metaedu_plugin.insights.findings.deeper import (
    items_that_change,
    skills_that_are_two,
    suggested_prerequisites,
    tags_that_do_not_fit,
)
from metaedu_plugin.insights.findings.items import faulty_items, too_hard_items
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum, room_of
from tests.insights.statistics.planted import course
from tests.insights.statistics.test_structure import chosen, over_months

pytestmark = pytest.mark.django_db


def planted(*, units=(), needs=None, **wanted):
    """A class of a course in the database; skill n is called “Skill n”."""
    given, tags = course(needs=needs, **wanted)
    row = Course.objects.create(key=COURSE, title="Course")
    skills = {
        f"skill{n}": Skill.objects.create(
            course=row, key=f"skill{n}", title=f"Skill {n}", position=n, is_unit=n in units
        )
        for n in range(6)
    }
    for n, key in enumerate(given.items):
        Item.objects.create(course=row, key=key, title=f"Item {n}", position=n).skills.add(skills[tags[key][0]])
    return given


def test_a_skill_that_is_two_names_its_two_groups():
    (one,) = skills_that_are_two(room_of(planted(seed=0, learners=800, split=(2,))))
    assert (one.key, one.subject.kind, one.title) == ("two_skills:skill2", "skill", "Perhaps two skills: Skill 2")
    groups = {figure.code: figure.text for figure in one.evidence}
    assert {groups["group_1"], groups["group_2"]} == {
        "Item 16, Item 18, Item 20, Item 22",
        "Item 17, Item 19, Item 21, Item 23",
    }
    assert one.helps > 0 and one.certainty > 0.99


def test_a_unit_that_stands_in_for_a_skill_may_well_be_two():
    assert not list(skills_that_are_two(room_of(planted(seed=0, learners=800, split=(2,), units=(2,)))))


def test_a_wrong_tag_leads_to_where_it_can_be_changed():
    found = list(tags_that_do_not_fit(room_of(planted(seed=2, learners=1000, mistagged={5: 3}, related=0.3))))
    assert [one.key for one in found] == ["tag_does_not_fit:item005"]
    assert "“Skill 3” rather than with its own skill, “Skill 0”" in found[0].sentence
    assert found[0].action.link.endswith("/item/?item=item005")
    own, other = found[0].evidence[:2]
    assert own.value < other.value


def test_retagging_it_ends_the_finding():
    given = planted(seed=2, learners=1000, mistagged={5: 3}, related=0.3)
    teaching.retag(course=COURSE, item="item005", skills=("skill3",))
    assert not list(tags_that_do_not_fit(room_of(given)))


def test_a_suggested_prerequisite_says_what_it_is_worth_and_ends_when_it_is_declared():
    given = planted(seed=1, needs={3: 1})
    (one,) = suggested_prerequisites(room_of(given))
    assert one.title == "Perhaps needed first: Skill 1" and one.subject.key == "skill3"
    assert "“Skill 1” get" in one.sentence and "of “Skill 3” right" in one.sentence
    assert {figure.code for figure in one.evidence} == {"gap", "excess", "first"}
    Skill.objects.get(key="skill3").prerequisites.add(Skill.objects.get(key="skill1"))
    assert not list(suggested_prerequisites(room_of(given)))


def test_an_item_that_changes_shows_its_first_and_last_month():
    curriculum(items=20)
    (one,) = items_that_change(room_of(over_months(seed=0, moved=4)))
    assert one.title == "Becomes easier: Item 4" and one.key.startswith("item_drifts:item004@")
    shift, first, last = one.evidence
    assert shift.low > 0 and first.code < last.code and last.value > first.value
    assert one.helps == 0  # nobody learns more from it: it saves time


def test_the_option_of_the_best_learners_makes_an_item_perhaps_faulty_once():
    curriculum(items=20)
    room = room_of(chosen(seed=2, wrong_key=3))
    found = [one for one in faulty_items(room) if one.subject.key == "item003"]
    assert len(found) == 1
    assert "item003" not in [one.subject.key for one in too_hard_items(room)]


def test_no_finding_is_about_an_item_that_is_marked_as_faulty():
    curriculum(items=16)
    given = simulate(items=16, reversed_items=(7,), seed=1).answers
    assert "item007" in [one.subject.key for one in find(room_of(given))]
    teaching.mark_faulty(course=COURSE, item="item007")
    assert "item007" not in [one.subject.key for one in find(room_of(given))]


@pytest.mark.parametrize("seed", range(3))
def test_a_course_without_any_of_it_is_told_nothing_of_it(seed):
    reasons = {one.reason for one in find(room_of(planted(seed=50 + seed, related=0.5)))}
    assert not reasons & {"two_skills", "tag_does_not_fit", "suggested_prerequisite", "item_drifts"}
