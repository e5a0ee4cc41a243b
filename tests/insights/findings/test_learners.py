from dataclasses import replace

import numpy as np
import pytest

from metaedu_plugin.insights.findings.learners import gone_quiet, stuck_learners
from tests.insights.classes import DAY, START, answers
from tests.insights.courses import curriculum, mastery, room_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _course(db):
    curriculum(items=10)


def class_of(**columns):
    room = room_of(answers(items=10, **columns))
    return replace(room, mastery=mastery({}, skills=["skill0", "skill1"]))


def steady(*, learners=20, days=20, until=None):
    """Each learner answers once a day; `until` says after which day a learner falls silent."""
    until = until or {}
    rows = [(d, who) for d in range(days) for who in range(learners) if d <= until.get(who, days)]
    return {
        "learner": [who for _d, who in rows],
        "item": [d % 10 for d, _who in rows],
        "correct": [(d + who) % 2 == 0 for d, who in rows],
        "time": [START + d * DAY for d, _who in rows],
        "attempt": [1 + d // 10 for d, _who in rows],
    }


def test_who_falls_silent_while_the_class_goes_on_is_found():
    room = class_of(**steady(until={3: 8, 4: 15}))
    found = list(gone_quiet(room))
    assert [[one.learner for one in f.who] for f in found] == [["learner003"]]
    assert "11 days" in found[0].who[0].why
    assert found[0].certainty > 0.99


def test_a_break_of_the_whole_class_is_not_silence():
    columns = steady()
    columns["learner"].append(0), columns["item"].append(0), columns["correct"].append(True)
    columns["time"].append(START + 35 * DAY), columns["attempt"].append(9)
    assert not list(gone_quiet(class_of(**columns)))


def test_who_has_finished_or_left_long_ago_is_not_quiet():
    assert not list(gone_quiet(class_of(**steady(until={3: 9}))))  # day 9 is the tenth and last item
    assert not list(gone_quiet(class_of(**steady(days=40, until={3: 8}))))


def test_five_wrong_in_a_row_call_for_help_and_four_do_not():
    columns = steady(learners=6)
    for who, wrong in ((1, 5), (2, 4)):
        own = [n for n, one in enumerate(columns["learner"]) if one == who]
        for n in own:
            columns["correct"][n] = True
        for n in own[-wrong:]:
            columns["correct"][n] = False
    for n, who in enumerate(columns["learner"]):
        if who not in (1, 2):
            columns["correct"][n] = True
    found = list(stuck_learners(class_of(**columns)))
    assert [(f.subject.key, [one.learner for one in f.who]) for f in found] == [("skill1", ["learner001"])]
    assert "5 wrong in a row" in found[0].who[0].why


def test_evidently_weak_on_what_they_work_at_this_week():
    columns = steady(learners=20)
    columns["correct"] = [True] * len(columns["correct"])
    room = class_of(**columns)
    rows = {one.learner: (0.9, 0.9) for one in room.learners} | {"learner005": (0.2, 0.9)}
    weak = replace(room, mastery=mastery(rows, skills=["skill0", "skill1"]))
    assert [(f.subject.key, [one.learner for one in f.who]) for f in stuck_learners(weak)] == []
    now = replace(weak, current={"learner005": ("skill0",)})
    found = list(stuck_learners(now))
    assert [(f.subject.key, [one.learner for one in f.who]) for f in found] == [("skill0", ["learner005"])]
    assert "mastery 20\u00a0%" in found[0].who[0].why


def test_the_decision_on_learners_holds_for_the_week():
    room = class_of(**steady(until={3: 8}))
    later = replace(room, latest=room.latest + 7 * DAY)
    keys = {
        next(
            iter(
                gone_quiet(
                    replace(r, learners=[replace(one, last=one.last + r.latest - room.latest) for one in room.learners])
                )
            )
        ).key
        for r in (room, later)
    }
    assert len(keys) == 2


def test_without_times_nobody_is_quiet():
    columns = steady()
    columns["time"] = [np.nan] * len(columns["time"])
    assert not list(gone_quiet(class_of(**columns)))
