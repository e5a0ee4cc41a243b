"""Review dates follow from what was kept over days, and the plan takes them into a calendar."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import guidance, states
from metaedu_plugin.tutoring.memory import DAY, cards_of, review_dates
from serving.types import Response
from tests.tutoring.conftest import Open
from tests.tutoring.events import COURSE, answered

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
    from metaedu_plugin.curriculum import api as curriculum

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
