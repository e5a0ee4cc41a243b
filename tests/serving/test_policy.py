import pytest

from serving import reasons
from serving.engine import Engine
from serving.prior import PriorModel
from serving.stores.memory import MemoryStore
from serving.types import Candidate, CourseMap, Next, NextAction, Policy, Response
from tests.serving.words import DAY, NOW, course, response, several

ITEMS = [f"{skill}{n}" for skill in "abc" for n in range(1, 13)]
MASTER = "+" * 8


def after(
    history: list[Response], offered: CourseMap | None = None, *, now: float = NOW, policy: Policy | None = None
) -> Next:
    engine = Engine(PriorModel(), MemoryStore())
    engine.observe_many(history)
    return engine.next(course="c", learner="l", course_map=offered or course(*ITEMS), now=now, policy=policy)


def action(*args: object, **more: object) -> NextAction:
    told = after(*args, **more)
    assert told.action is not None
    assert told.reason == told.action.reason
    return told.action


def test_a_new_learner_starts_at_the_courses_beginning() -> None:
    told = action([])
    assert (told.kind, told.reason, told.skill, told.item) == ("advance", reasons.NEXT_SKILL, "a", "a1")


def test_wrong_leads_to_a_similar_item_of_the_same_skill() -> None:
    told = action(several("-", "b"))
    assert (told.kind, told.reason, told.skill) == ("practise", reasons.WEAK_SKILL, "b")
    assert told.item != "b1"


def test_an_item_answered_correctly_is_not_asked_again() -> None:
    told = action(several("+-+-"), course("a1", "a2", "a3", "a4"))
    assert told.item in {"a2", "a4"}


def test_the_only_item_left_may_be_the_one_just_answered_wrong() -> None:
    assert action(several("-"), course("a1")).item == "a1"


def test_practice_goes_on_until_the_skill_is_mastered_then_to_the_next() -> None:
    assert action(several("++")).skill == "a"
    told = action(several(MASTER))
    assert (told.kind, told.reason, told.skill) == ("advance", reasons.NEXT_SKILL, "b")


def test_a_slip_on_a_known_skill_is_tried_again() -> None:
    told = action(several(MASTER + "-"))
    assert (told.kind, told.reason, told.skill, told.item) == ("retry", reasons.RETRY_SLIP, "a", "a9")


def test_a_slip_that_stays_wrong_is_no_slip() -> None:
    again = [response(f"again-{n}", "a9", False, time=NOW + 3600 + n) for n in range(2)]
    assert action(several("+" * 8 + "-") + again, policy=Policy(target=0.5)).kind != "retry"


def test_several_wrong_on_a_readable_skill_lead_to_reading_and_then_to_practice() -> None:
    offered = course(*ITEMS, readable=("a",))
    told = action(several("--"), offered)
    assert (told.kind, told.reason, told.skill, told.item) == ("read", reasons.READ_FIRST, "a", None)
    assert told.evidence["wrong"] == 2
    assert action(several("---"), offered).kind == "practise"
    assert action(several("--"), course(*ITEMS, readable=("b",))).kind == "practise"
    assert action(several("-"), offered).kind == "practise"
    assert action(several("--+"), offered).kind == "practise"


def test_wrong_on_a_skill_leads_to_what_is_missing_before_it() -> None:
    told = action(several("-", "c"), course(*ITEMS, prerequisites={"c": ("b",), "b": ("a",)}))
    assert (told.kind, told.reason, told.skill) == ("practise", reasons.PREREQUISITE, "a")
    mastered = action(several(MASTER) + several("-", "c", time=NOW), course(*ITEMS, prerequisites={"c": ("a",)}))
    assert (mastered.reason, mastered.skill) == (reasons.WEAK_SKILL, "c")


def test_a_skill_waits_for_its_prerequisites() -> None:
    told = action([], course("c1", "a1", "a2", prerequisites={"c": ("a",)}))
    assert (told.reason, told.skill) == (reasons.PREREQUISITE, "a")


def test_a_prerequisite_with_nothing_to_do_holds_nobody_up() -> None:
    assert action([], course("b1", prerequisites={"b": ("a",)})).item == "b1"
    assert action(several("+"), course("a1", "b1", prerequisites={"b": ("a",)})).item == "b1"


def test_prerequisites_in_a_circle_hold_nobody_up() -> None:
    circle = course("a1", "b1", "b2", prerequisites={"a": ("b", "a"), "b": ("a",)})
    assert action([], circle).item is not None
    assert action(several("-"), circle).item is not None


def test_what_was_mastered_is_reviewed_when_it_was_not_seen_for_days() -> None:
    history = several(MASTER)
    told = action(history, now=NOW + 5 * DAY)
    assert (told.kind, told.reason, told.skill) == ("review", reasons.REVIEW_DUE, "a")
    assert told.item not in {each.item for each in history}
    assert told.evidence["days"] == pytest.approx(5, abs=0.1)
    assert action(history, now=NOW + 2 * DAY).kind == "advance"
    assert action(history, now=NOW + 2 * DAY, policy=Policy(review_after_days=1)).kind == "review"
    assert action(history, course("a1", "a2"), now=NOW + 5 * DAY).item in {"a1", "a2"}


def test_nothing_left_says_why() -> None:
    assert after([], course()).reason == reasons.NO_CANDIDATES
    mastered = after(several(MASTER), course("a1", "a99"))
    assert (mastered.action, mastered.reason) == (None, reasons.ALL_MASTERED)
    used_up = after(several("+"), course("a1"))
    assert (used_up.action, used_up.reason) == (None, reasons.NO_CANDIDATES)


def test_the_chance_of_success_is_close_to_the_target_and_course_order_breaks_ties() -> None:
    engine = Engine(PriorModel(), MemoryStore())
    for n in range(60):
        for item, right in (("a1", n % 20 == 0), ("a2", n % 4 != 0), ("a3", n % 4 != 0), ("a4", True)):
            engine.observe_many([response(f"{item}-{n}", item, right, learner=f"other-{n}")])
    offered = course("a1", "a4", "a2", "a3")
    chosen = {
        target: engine.next(
            course="c", learner="l", course_map=offered, now=NOW, policy=Policy(target=target)
        ).action.item
        for target in (0.1, 0.75, 1.0)
    }
    assert chosen == {0.1: "a1", 0.75: "a2", 1.0: "a4"}


def test_an_item_of_two_skills_counts_for_both() -> None:
    offered = CourseMap(candidates=(Candidate(item="x", skills=("a", "b")), Candidate(item="y", skills=())))
    told = action(several(MASTER), offered)
    assert (told.item, told.skill) == ("x", "b")
    told = action([*several(MASTER), *several(MASTER, "b")], offered)
    assert (told.item, told.skill, told.reason) == ("y", None, reasons.NEXT_SKILL)


def test_every_choice_carries_its_figures() -> None:
    told = action(several("-+"))
    assert told.evidence.keys() >= {"mastery", "mastered", "target", "probability", "responses", "correct", "wrong"}
    assert told.evidence["probability"] == told.probability


@pytest.mark.parametrize("signs", ["-+", "+-", "-++", "++-"])
def test_one_wrong_part_of_a_submission_is_what_is_at_hand(signs: str) -> None:
    """The parts of a problem are graded at one time; each here is of a skill of its own."""
    known = [*several(MASTER), *several(MASTER, "b"), *several(MASTER, "c")]
    at = NOW + 3600
    parts = [response(f"p-{n}", f"{'abc'[n]}9", sign == "+", time=at) for n, sign in enumerate(signs)]
    told = action([*known, *parts], now=at)
    assert (told.kind, told.item) == ("retry", f"{'abc'[signs.index('-')]}9")
    went_on = after([*known, *parts, response("later", "b10", True, time=at + 60)], now=at + 60)
    assert went_on.reason != reasons.RETRY_SLIP


def test_the_same_item_right_after_all_is_no_longer_wrong() -> None:
    at = NOW + 3600
    again = [response("one", "a9", False, time=at), response("two", "a9", True, time=at)]
    assert after([*several(MASTER), again[0]], now=at).reason == reasons.RETRY_SLIP
    assert after([*several(MASTER), *again], now=at).reason == reasons.WEAK_SKILL


def test_what_was_right_once_and_is_wrong_now_is_open_again() -> None:
    history = [*several("+-+"), response("again", "a1", False, time=NOW + 600)]
    assert action(history, course("a1", "a3", "b1")).item == "a1"
    assert action(history, course("a1", "a2", "b1")).item == "a2"


def test_without_times_every_answer_stands_for_itself() -> None:
    history = [response(f"r{n}", f"a{n}", n != 2, time=-1) for n in range(1, 4)]
    assert action(history, policy=Policy(target=0.3)).kind == "practise"


def test_a_page_that_is_loaded_again_advises_the_same() -> None:
    engine = Engine(PriorModel(), MemoryStore())
    offered = course(*ITEMS, readable=("a",), prerequisites={"c": ("b",)})
    for each in [*several("+--+--"), *several("-", "c", time=NOW + 900)]:
        told = engine.observe(each, course_map=offered).next
        assert engine.next(course="c", learner="l", course_map=offered, now=each.time) == told


def test_without_a_course_map_a_slip_can_still_be_tried_again() -> None:
    engine = Engine(PriorModel(), MemoryStore())
    told = [engine.observe(each) for each in several(MASTER + "-")]
    assert told[-1].next.action is not None
    assert told[-1].next.action.kind == "retry"
    assert told[0].next.action is None
