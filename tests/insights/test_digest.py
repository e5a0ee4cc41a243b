"""The week's findings by e-mail: to those who asked, once a week, until they stop it."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Learner
from metaedu_plugin.insights import digests
from metaedu_plugin.insights.models import DigestSubscription
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db
ROOT = "https://learn.example.org"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.LMS_ROOT_URL = ROOT


@pytest.fixture
def asked(counting, page, teacher):
    """A teacher who asked for the digest of a class with a faulty item."""
    get_user_model().objects.filter(pk=teacher.pk).update(email="teacher@example.org")
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,), seed=1).answers)
    page.post(reverse("metaedu_insights:digest", args=[COURSE]), {"wanted": "yes"})
    return page


def run(**options):
    out = StringIO()
    call_command("metaedu_digest", stdout=out, **options)
    return out.getvalue()


def test_nobody_gets_it_unasked(counting, teacher, mailoutbox):
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,)).answers)
    assert run() == "0 sent\n" and mailoutbox == []


def test_it_tells_the_findings_with_links_and_names_nobody(asked, mailoutbox):
    Learner.objects.update(user_id=None)
    one = Learner.objects.first()
    user = get_user_model().objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    Learner.objects.filter(pk=one.pk).update(user_id=user.pk)
    assert f"{COURSE}: sent\n1 sent\n" == run()
    (mail,) = mailoutbox
    assert mail.to == ["teacher@example.org"] and mail.subject == "What Algebra & more needs this week"
    assert "Perhaps faulty: Item 7" in mail.body and "Check the answer key" in mail.body
    assert f"{ROOT}/metaedu/insights/{COURSE}/" in mail.body
    assert "Ada" not in mail.body and one.pseudonym[:6] not in mail.body and "&amp;" not in mail.body
    assert 1 <= len(re.findall(r"^\d\. ", mail.body, re.M)) <= 5


def test_it_goes_out_once_a_week_however_often_the_command_runs(asked, mailoutbox):
    run()
    run()
    assert len(mailoutbox) == 1
    DigestSubscription.objects.update(sent=timezone.now() - timedelta(days=7))
    run()
    assert len(mailoutbox) == 2
    run(again=True)
    assert len(mailoutbox) == 3
    assert run(again=True, course="another") == "0 sent\n"


def test_the_link_in_the_mail_ends_it_without_signing_in(asked, mailoutbox):
    run()
    header = mailoutbox[0].extra_headers["List-Unsubscribe"]
    stop = header.strip("<>").removeprefix(ROOT)
    assert header.strip("<>") in mailoutbox[0].body
    stranger = Client(enforce_csrf_checks=True)
    assert "Stop it" in stranger.get(stop).content.decode()
    assert DigestSubscription.objects.exists()  # mail scanners open links
    assert "no more e-mails" in stranger.post(stop).content.decode()
    assert not DigestSubscription.objects.exists()
    assert stranger.post(stop).status_code == 200  # safe to repeat


@pytest.mark.parametrize("token", ["x", "WzEsImMiXQ:1abc:def"])
def test_a_made_up_link_ends_nothing(asked, token):
    assert Client().post(reverse("metaedu_insights:stop-digest", args=[token])).status_code == 404
    assert DigestSubscription.objects.exists()


def test_the_page_begins_and_ends_it(asked, teacher):
    html = asked.get(reverse("metaedu_insights:page", args=[COURSE])).content.decode()
    assert "Stop the weekly e-mail" in html
    asked.post(reverse("metaedu_insights:digest", args=[COURSE]), {"wanted": "no"})
    assert not digests.is_subscribed(user_id=teacher.pk, course=COURSE)
    html = asked.get(reverse("metaedu_insights:page", args=[COURSE])).content.decode()
    assert "Send me the week" in html


def test_who_teaches_no_longer_gets_none_and_is_forgotten(asked, teacher, mailoutbox):
    get_user_model().objects.filter(pk=teacher.pk).update(username="left")
    assert f"{COURSE}: gone" in run()
    assert mailoutbox == [] and not DigestSubscription.objects.exists()


def test_where_nothing_stands_out_no_mail_goes(counting, page, teacher, mailoutbox):
    get_user_model().objects.filter(pk=teacher.pk).update(email="teacher@example.org")
    curriculum(items=2)
    digests.subscribe(user_id=teacher.pk, course=COURSE)
    assert f"{COURSE}: nothing" in run() and mailoutbox == []


def test_a_mail_server_that_refuses_one_does_not_keep_the_rest(asked, monkeypatch, teacher):
    from django.core.mail import EmailMessage

    def refuse(self, *args, **kwargs):
        raise smtplib.SMTPServerDisconnected("away")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    with pytest.raises(CommandError, match="1 could not be sent"):
        run()
    assert DigestSubscription.objects.get().sent is None


def test_without_the_site_s_address_the_command_says_what_to_set(settings):
    settings.LMS_ROOT_URL = ""
    with pytest.raises(CommandError, match="METAEDU_ROOT_URL"):
        run()


def test_a_retired_instructor_gets_no_more(teacher):
    digests.subscribe(user_id=teacher.pk, course=COURSE)
    capture.forget(user_id=teacher.pk, username=teacher.username, for_good=True)
    assert not DigestSubscription.objects.exists()


def test_the_learner_s_page_asks_the_tutor_that_serves(page):
    """Without any stand-in: the engine that answers learners says what it would suggest."""
    curriculum(items=10)
    store(simulate(learners=4, items=6).answers)
    learner = Learner.objects.first()
    html = page.get(reverse("metaedu_insights:learner", args=[COURSE, learner.pseudonym])).content.decode()
    assert "Suggested now: “Item" in html
