"""People of the platform, each with a session of their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.test import Client

PASSWORD = "Learn3r-secret"


class Person:
    """An account and the browser that it is signed in with."""

    def __init__(self, user: Any, client: Client) -> None:
        self.user = user
        self.client = client

    @classmethod
    def register(cls, name: str, **about: Any) -> Person:
        """An active account with a profile, signed in through the LMS's own address."""
        from common.djangoapps.student.models import UserProfile
        from django.contrib.auth import get_user_model

        user = get_user_model().objects.create_user(name, f"{name}@example.com", PASSWORD, is_active=True, **about)
        UserProfile.objects.create(user=user, name=f"Name of {name}")
        client = Client(SERVER_NAME="localhost")
        answer = client.post("/api/user/v2/account/login_session/", {"email_or_username": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.content
        return cls(user, client)

    def enrol(self, course: Any) -> None:
        """Through the enrolment of the platform, with its events."""
        from common.djangoapps.student.models import CourseEnrollment

        CourseEnrollment.enroll(self.user, course)

    def handle(self, problem: Any, action: str, **values: Any) -> Any:
        """Call a problem's handler, as the page does; `part_2_1` stands for the input of the problem's first part."""
        address = (
            f"/courses/{problem.course_key}/xblock/{quote(str(problem), safe='')}/handler/xmodule_handler/{action}"
        )
        html_id = f"input_{problem.block_id}"
        data = {name.replace("part", html_id): value for name, value in values.items()}
        answer = self.client.post(address, data)
        assert answer.status_code == 200, (answer.status_code, answer.content[:500])
        return answer.json()

    def answer(self, problem: Any, **values: Any) -> str:
        """Submit; what the platform says: `correct` or `incorrect`."""
        said = self.handle(problem, "problem_check", **values)
        assert "success" in said, said
        return said["success"]

    def ask(self, course: Any, what: str, **query: Any) -> Any:
        """The learner's REST API."""
        return self.client.get(f"/metaedu/api/v1/courses/{quote(str(course), safe='')}/{what}", query)
