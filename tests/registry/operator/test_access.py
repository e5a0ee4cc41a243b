from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

PAGE = "/metaedu/operator/"
STATUS = "/metaedu/api/v1/operator/status"
ACT = "/metaedu/operator/feedback-off/"
pytestmark = pytest.mark.django_db(transaction=True)


def test_addresses() -> None:
    assert reverse("metaedu_registry:operator") == PAGE
    assert reverse("metaedu_registry:status") == STATUS
    assert reverse("metaedu_registry:act", args=["feedback-off"]) == ACT


def test_anonymous_visitors_are_sent_to_log_in(data_dir: Path, client: Client) -> None:
    for address in (PAGE, ACT):
        reply = client.get(address)
        assert reply.status_code == 302
        assert "login" in reply["Location"]
    assert client.get(STATUS).status_code in (401, 403)


def test_for_others_the_page_does_not_exist(data_dir: Path, client_of) -> None:
    client = client_of("staff")
    assert [client.get(address).status_code for address in (PAGE, ACT, STATUS)] == [404, 404, 404]
    assert client.post(ACT, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("rights", [{"operates": True}, {"superuser": True}])
def test_operators_see_it(data_dir: Path, client_of, rights: dict[str, bool]) -> None:
    client = client_of("op", **rights)
    assert [client.get(address).status_code for address in (PAGE, ACT, STATUS)] == [200, 200, 200]


def test_an_action_without_a_token_is_refused(data_dir: Path, client_of) -> None:
    from metaedu_plugin.capture import api as capture

    client = client_of("op", operates=True, enforce_csrf_checks=True)
    assert client.post(ACT, {"reason": "x"}).status_code == 403
    assert capture.is_on(name="feedback")
