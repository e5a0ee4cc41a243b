"""Review dates follow from what was kept over days, and the plan takes them into a calendar."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import guidance, states
from metaedu_plugin.tutoring.cards import DAY, cards_of
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.memory import review_dates, skill_cards
from metaedu_plugin.tutoring.models import LatestFeedback
from serving.types import Response
from tests.tutoring.conftest import Open
from tests.tutoring.events import COURSE, answered, problem
from tests.tutoring.test_again import reset

START = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.UTC)


def response(day: float, *, right: bool = True, **more: Any) -> Response:
    moment = (START + datetime.timedelta(days=day)).timestamp()
    return Response(
        id=f"r{day}", course="c", learner="l", item="i", skills=("add",), correct=right, time=moment, **more
    )


def wait(*responses: Response) -> float:
    """Days from the last answer to the review."""
    card = cards_of(responses)["add"]
    assert card.last_review
    return (card.due - card.last_review).total_seconds() / DAY


def test_what_was_kept_over_a_gap_waits_longer_and_what_was_lost_comes_back_soon() -> None:
    first, kept = wait(response(0)), wait(response(0), response(3))
    lost = wait(response(0), response(3), response(10, right=False))
    assert 1 <= first < kept
    assert lost < kept


def test_help_and_second_tries_are_worth_less() -> None:
    assert wait(response(0, hints=1)) < wait(response(0))
    assert wait(response(0, attempt=2)) < wait(response(0))


def test_only_the_first_answer_of_a_day_tells_what_was_kept() -> None:
    crammed = [response(0, right=False), *(response(number / 1000) for number in range(1, 30))]
    assert wait(*crammed) == wait(crammed[0])


def test_answers_without_a_time_or_a_skill_count_for_nothing() -> None:
    bare = Response(id="r", course="c", learner="l", item="i", correct=True)
    assert cards_of([bare, Response(id="s", course="c", learner="l", item="i", skills=("a",), correct=True)]) == {}


def learn(user: User, days_ago: tuple[int, ...]) -> str:
    """Answers that make “equal” mastered, on some days up to now."""
    for ago in days_ago:
        for number in range(12):
            capture.receive(
                event=answered(
                    user=user.pk,
                    name=f"equal{number % 3 + 1}",
                    attempt=1,
                    time=timezone.now() - datetime.timedelta(days=ago, minutes=30 - number),
                )
            )
    learner = capture.learner_for(user_id=user.pk)
    states.ensure(course=COURSE, learner=learner)
    return learner


def test_the_plan_reviews_on_the_dates_of_the_memory_model(course: str, ana: User) -> None:
    learner = learn(ana, (5, 2, 0))
    now = timezone.now().timestamp()
    dates = review_dates(course=course, learner=learner, now=now, days=60)["equal"]
    today = timezone.localdate()
    plan = guidance.plan(course=course, learner=learner, until=today + datetime.timedelta(days=59), minutes_a_day=60)
    planned = [
        (day["date"] - today).days
        for day in plan["days"]
        for step in day["steps"]
        if step["kind"] == "review" and step["skill"] == "equal"
    ]
    assert planned == [-int(-date // 1) for date in dates]
    assert len(planned) >= 1


def test_a_wrong_answer_later_brings_the_review_forward(course: str, ana: User) -> None:
    learner = learn(ana, (9, 6))
    now = timezone.now().timestamp()
    (before, *_) = review_dates(course=course, learner=learner, now=now)["equal"]
    capture.receive(event=answered(user=ana.pk, name="equal1", attempt=9, right=False))
    states.ensure(course=course, learner=learner)
    (after, *_) = review_dates(course=course, learner=learner, now=now)["equal"]
    assert after < before


def from_the_history(learner: str) -> dict[str, Any]:
    """The cards as all answers make them, in one go."""
    return cards_of(to_responses(capture.responses(course=COURSE, learner=learner)))


def test_cards_taken_on_one_by_one_are_those_of_the_whole_history(course: str, ana: User) -> None:
    begun = timezone.now() - datetime.timedelta(days=40)
    learner = capture.learner_for(user_id=ana.pk)
    for number in range(60):
        capture.receive(
            event=answered(
                user=ana.pk,
                name=f"{'equal' if number % 3 else 'add'}{number % 2 + 1}",
                attempt=number + 1,
                right=number % 4 > 0,
                time=begun + datetime.timedelta(hours=15 * number),
            )
        )
        capture.drain()
        kept = skill_cards(course=COURSE, learner=learner)
        assert kept == from_the_history(learner)
        assert kept == skill_cards(course=COURSE, learner=learner), "the same as they were written"


def test_an_answer_reads_no_history(
    course: str, ana: User, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = learn(ana, (9, 6, 3))
    skill_cards(course=COURSE, learner=learner)
    with django_assert_num_queries(3):
        skill_cards(course=COURSE, learner=learner)
    taken: list[int] = []

    def counted(rows: Any) -> Any:
        rows = list(rows)
        taken.append(len(rows))
        return to_responses(rows)

    monkeypatch.setattr("metaedu_plugin.tutoring.memory.to_responses", counted)
    capture.receive(event=answered(user=ana.pk, name="equal1", attempt=9))
    capture.drain()
    review_dates(course=course, learner=learner, now=timezone.now().timestamp())
    assert sum(taken) == 1


def test_an_older_answer_that_comes_late_counts_where_it_belongs(course: str, ana: User) -> None:
    learner = learn(ana, (6, 0))
    before = skill_cards(course=COURSE, learner=learner)
    late = timezone.now() - datetime.timedelta(days=3)
    capture.receive(event=answered(user=ana.pk, name="equal1", attempt=2, right=False, time=late))
    capture.drain()
    assert skill_cards(course=COURSE, learner=learner) == from_the_history(learner) != before


def test_a_reset_and_new_tags_make_the_cards_anew(course: str, ana: User) -> None:
    learner = learn(ana, (6, 0))
    skill_cards(course=COURSE, learner=learner)
    curriculum.import_csv(course=COURSE, items=io.StringIO(f"item,title,skills\n{problem('equal1')},One,add\n"))
    assert skill_cards(course=COURSE, learner=learner).keys() == {"equal", "add"}
    for number in (1, 2, 3):
        name = f"equal{number}"
        capture.receive(event=reset(ana, name))
    capture.drain()
    assert from_the_history(learner) == skill_cards(course=COURSE, learner=learner) == {}


def go_on(user: User) -> None:
    """A quarter of an hour of right answers on “add”, up to now."""
    for number in range(24):
        moment = timezone.now() - datetime.timedelta(seconds=35 * (24 - number))
        capture.receive(event=answered(user=user.pk, name=f"add{number % 3 + 1}", attempt=number + 1, time=moment))
    capture.drain()


def mastered_long_ago(user: User) -> str:
    """“equal” is mastered since 20 days, and was refreshed so that the next time lies ahead; “add” is begun today."""
    return learn(user, (20, 17, 10))


def test_feedback_leaves_alone_what_the_memory_model_says_is_still_there(course: str, ana: User) -> None:
    learner = mastered_long_ago(ana)
    (ahead, *_) = review_dates(course=course, learner=learner, now=timezone.now().timestamp())["equal"]
    assert ahead > 0, "more than three days since, and still not due"
    go_on(ana)
    kept = LatestFeedback.objects.order_by("-answered").first()
    assert kept and kept.payload["next"]["reason"] != "review_due"
    assert kept.payload["next"]["reason"] == guidance.next_action(course=course, learner=learner)["reason"]


def test_feedback_offers_what_is_due_though_it_was_seen_lately(course: str, ana: User) -> None:
    two_days_ago = timezone.now() - datetime.timedelta(days=2, hours=1)
    for number in range(30):
        moment = two_days_ago + datetime.timedelta(minutes=number)
        capture.receive(event=answered(user=ana.pk, name=f"equal{number % 3 + 1}", right=number > 0, time=moment))
    learner = learn(ana, ())
    (ahead, *_) = review_dates(course=course, learner=learner, now=timezone.now().timestamp())["equal"]
    assert ahead <= 0, "its first answer that day was wrong, so not much of it was there"
    go_on(ana)
    kept = LatestFeedback.objects.order_by("-answered").first()
    assert kept and kept.payload["next"]["reason"] == "review_due"


def calendar(user: User, **query: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(f"/metaedu/learn/{COURSE}/plan.ics", query)


def test_the_plan_as_a_calendar(course: str, ana: User, ben: User) -> None:
    until = timezone.localdate() + datetime.timedelta(days=3)
    answer = calendar(ana, until=until.isoformat(), minutes_a_day=5)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="metaedu-plan.ics"'
    read = Calendar.from_ical(answer.content)
    events = read.walk("VEVENT")
    learner = capture.learner_for(user_id=ana.pk)
    plan = guidance.plan(course=course, learner=learner, until=until, minutes_a_day=5)
    assert [event.decoded("dtstart") for event in events] == [day["date"] for day in plan["days"]]
    assert str(events[0]["summary"]) == f"Fractions from scratch: about {plan['days'][0]['minutes']} min"
    assert "http://testserver/jump/equal" in str(events[0]["description"])
    names = [str(event["uid"]) for event in events]
    assert learner not in answer.content.decode()
    again = Calendar.from_ical(calendar(ana, until=until.isoformat(), minutes_a_day=5).content)
    assert [str(event["uid"]) for event in again.walk("VEVENT")] == names
    others = Calendar.from_ical(calendar(ben, until=until.isoformat(), minutes_a_day=5).content)
    assert not set(names) & {str(event["uid"]) for event in others.walk("VEVENT")}


def test_titles_cannot_add_lines_to_a_calendar(course: str, ana: User) -> None:
    curriculum.save_course(key=COURSE, title="A\r\nATTACH:http://elsewhere/; B, C")
    (event, *_) = Calendar.from_ical(calendar(ana).content).walk("VEVENT")
    assert "ATTACH" not in event
    assert "elsewhere/; B, C" in str(event["summary"])


def test_who_is_not_signed_in_gets_no_calendar(course: str, client: Client) -> None:
    assert client.get(f"/metaedu/learn/{COURSE}/plan.ics").status_code == 302


def test_it_is_downloaded_for_the_dates_that_the_page_shows(open_page: Open) -> None:
    page = open_page(f"/metaedu/learn/{COURSE}/")
    page.fill("#id_minutes_a_day", "10")
    page.dispatch_event("#id_minutes_a_day", "change")
    page.get_by_text("with 10 minutes a day").wait_for()
    link = page.get_by_role("link", name="Put it into my calendar")
    assert "minutes_a_day=10" in link.get_attribute("href")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "metaedu-plan.ics"
    assert open_page.complaints == []  # type: ignore[attr-defined]
