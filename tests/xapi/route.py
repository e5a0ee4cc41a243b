"""Events in (JSON on standard input), statements out (JSON on standard output): a process of the platform.

An event is emitted with the platform's own tracker, whose backends are those of event-routing-backends: whitelist,
Celery task, whitelist, transformer, router, and a POST to a learning record store. That store is here, too.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.xapi import standins

statements: list[dict[str, Any]] = []


class Store(BaseHTTPRequestHandler):
    """The one request of the xAPI standard that is needed."""

    def do_POST(self) -> None:
        """Keep statements and answer with their ids."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = body if isinstance(body, list) else [body]
        statements.extend(said)
        self._answer(200, json.dumps([each["id"] for each in said]).encode())

    def do_PUT(self) -> None:
        """Keep the statement of an id."""
        statements.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(204, b"")

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def main() -> None:
    """Set the platform up, emit, and print what the store received."""
    standins.install()
    import django

    django.setup()
    from celery import Celery
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from event_routing_backends.models import RouterConfiguration
    from eventtracking.tracker import get_tracker

    from metaedu_plugin import tracking

    Celery("platform").conf.task_always_eager = True
    call_command("migrate", verbosity=0)
    store = HTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=store.serve_forever, daemon=True).start()
    RouterConfiguration.objects.create(
        backend_name="xAPI",
        enabled=True,
        route_url=f"http://127.0.0.1:{store.server_port}/xAPI/",
        auth_scheme="Basic",
        username="u",
        password="p",
        configurations={},
    )
    tracker = get_tracker()
    for event in json.load(sys.stdin):
        user = User.objects.get_or_create(pk=event["user"], username=f"user{event['user']}")[0]
        with tracker.context("edx.request", {"user_id": user.pk, "username": user.username, "session": "5e55104"}):
            if event["name"] in tracking.NAMES:
                tracking.emit(name=event["name"], course=event["course"], data=event["data"])
            else:
                _answered(event)
    json.dump(statements, sys.stdout)


def _answered(event: dict[str, Any]) -> None:
    """An event of the platform's own, at its own time."""
    from datetime import datetime

    from eventtracking.tracker import get_tracker

    tracker = get_tracker()
    tracker.routing_backend.send(
        {
            "name": event["name"],
            "timestamp": datetime.fromisoformat(event["time"]),
            "data": event["data"],
            "context": {**tracker.resolve_context(), **event["context"]},
        }
    )


if __name__ == "__main__":
    main()
