"""Prerequisites by hand: declared, withdrawn, taken back; never in a circle."""

import io

import pytest

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api, maps
from metaedu_plugin.curriculum.models import Course, Skill

pytestmark = pytest.mark.django_db
COURSE = "c"


@pytest.fixture(autouse=True)
def course():
    maps._kept.clear()  # a rolled back test's course had this one's number
    row = Course.objects.create(key=COURSE, title="Course")
    for n, key in enumerate("abc"):
        Skill.objects.create(course=row, key=key, title=f"Skill {key.upper()}", position=n)
    Skill.objects.create(course=Course.objects.create(key="other", title="Other"), key="z", title="Z")


def needs(skill, before, *, declared=True, course=COURSE):
    return api.set_prerequisite(course=course, skill=skill, before=before, declared=declared, by="kim")


def told():
    return {key: one.prerequisites for key, one in api.skills(course=COURSE).items() if one.prerequisites}


def test_declared_and_withdrawn_and_learners_are_led_by_it_at_once():
    assert needs("b", "a") and told() == {"b": ("a",)}
    assert api.course_map(course=COURSE).prerequisites == {"b": ("a",)}
    assert not needs("b", "a"), "it is so already"
    assert needs("b", "a", declared=False) and told() == {}
    assert api.course_map(course=COURSE).prerequisites == {}
    assert not needs("b", "a", declared=False)
    assert [(one.declared, one.by) for one in api.prerequisite_changes(course=COURSE)] == [
        (False, "kim"),
        (True, "kim"),
    ]


def test_a_circle_is_refused_in_words_and_nothing_is_written():
    needs("b", "a")
    needs("c", "b")
    before = told()
    with pytest.raises(api.CurriculumError) as refused:
        needs("a", "c")
    said = str(refused.value)
    for step in ("“Skill A” needs “Skill C”", "“Skill C” needs “Skill B”", "“Skill B” needs “Skill A”"):
        assert step in said
    assert "Withdraw one of these" in said
    assert told() == before
    assert len(api.prerequisite_changes(course=COURSE)) == 2
    with pytest.raises(api.CurriculumError, match="before itself"):
        needs("a", "a")


@pytest.mark.parametrize(("skill", "before"), [("a", "z"), ("z", "a"), ("a", ""), ("", "")])
def test_only_skills_of_the_course(skill, before):
    with pytest.raises(api.CurriculumError, match="has no skill"):
        needs(skill, before)
    with pytest.raises(api.CurriculumError, match="has no skill"):
        needs("a", "b", course="never heard of")
    assert api.prerequisite_changes(course=COURSE) == []


def test_a_change_is_taken_back_once_by_a_change_of_its_own():
    needs("b", "a")
    (first,) = api.prerequisite_changes(course=COURSE)
    assert first.holds
    assert api.undo_prerequisite(course=COURSE, change=first.id, by="lee") and told() == {}
    undone, first = api.prerequisite_changes(course=COURSE)
    assert (undone.by, undone.declared, undone.holds, first.holds) == ("lee", False, True, False)
    assert not api.undo_prerequisite(course=COURSE, change=first.id, by="lee")
    with pytest.raises(api.CurriculumError, match="no such change"):
        api.undo_prerequisite(course="other", change=first.id, by="lee")


def test_taking_back_a_withdrawal_can_be_a_circle_by_now():
    needs("b", "a")
    needs("b", "a", declared=False)
    needs("a", "b")
    withdrawal = api.prerequisite_changes(course=COURSE)[1]
    with pytest.raises(api.CurriculumError, match="circle"):
        api.undo_prerequisite(course=COURSE, change=withdrawal.id, by="kim")
    assert told() == {"a": ("b",)}


def test_an_import_that_says_nothing_of_prerequisites_leaves_them():
    needs("b", "a")
    api.import_csv(course=COURSE, skills=io.StringIO("skill,title\na,A\nb,B\n"))
    assert told() == {"b": ("a",)}


def test_the_name_of_who_did_it_goes_with_them():
    needs("b", "a")
    capture.learner_forgotten.send(sender=None, learner="x", user_id=1, username="kim", courses={})
    assert [one.by for one in api.prerequisite_changes(course=COURSE)] == [capture.NOBODY]
