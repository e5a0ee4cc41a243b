"""`metaedu_forget USER_ID`: delete all that is kept of a person."""

from __future__ import annotations

import argparse
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from metaedu_plugin.capture import api as capture


class Command(BaseCommand):
    """Parses and calls the API. It is here, and not with capture, since it takes all apps to forget somebody."""

    help = (
        "Delete all that is kept of a platform user: answers, learner states, feedback, choices. Safe to repeat."
        " Fails, with nothing deleted, while the store of learner states is away."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whom, and whether for good."""
        parser.add_argument("user_id", type=int, help="the platform's id of the user")
        parser.add_argument(
            "--for-good",
            action="store_true",
            help="take in nothing of them from now on either, as in a retirement",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Forget, or say what is to be done first."""
        user_id = options["user_id"]
        user = get_user_model()._default_manager.filter(pk=user_id).first()
        username = user.get_username() if user else ""
        try:
            capture.forget(user_id=user_id, username=username, for_good=options["for_good"])
        except Exception as error:
            raise CommandError(
                f"User {user_id} is not forgotten, nothing was deleted: {error}. See to it that the database and the"
                " store of learner states answer, and repeat the command."
            ) from error
        self.stdout.write(
            f"User {user_id} is forgotten. Their rows leave the training's dataset with its next refresh:"
            " metaedu_export_data, or the next training."
        )
