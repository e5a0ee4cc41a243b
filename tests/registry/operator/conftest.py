from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


@pytest.fixture
def client_of(db: None):
    """A logged-in client of a new user; it checks CSRF tokens as a browser's requests are checked."""

    def make(name: str, *, operates: bool = False, superuser: bool = False, **options: object) -> Client:
        user = User.objects.create_user(name, password="p", is_superuser=superuser)
        if operates:
            user.user_permissions.add(Permission.objects.get(codename="operate"))
        client = Client(**options)  # type: ignore[arg-type]
        client.force_login(user)
        return client

    return make
