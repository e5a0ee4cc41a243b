"""A Kafka broker and a registry of schemas for one test, in a process of their own.

The broker is the one that comes with librdkafka for its own tests: it speaks Kafka's protocol over TCP, with topics,
groups and their offsets, in memory. The registry keeps to the three calls that the event bus makes of Confluent's.
Run as a module, it prints both addresses as JSON and goes on until its standard input is closed.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


class Schemas:
    """Numbers from 1, the same for the same schema."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._lock = Lock()

    def register(self, schema: str) -> int:
        with self._lock:
            return self._known.setdefault(schema, len(self._known) + 1)

    def get(self, number: int) -> str | None:
        return next((schema for schema, known in self._known.items() if known == number), None)


class Registry(BaseHTTPRequestHandler):
    """`POST /subjects/NAME/versions`, `POST /subjects/NAME`, `GET /schemas/ids/NUMBER`."""

    schemas = Schemas()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = self.schemas.register(asked["schema"])
        self._answer({"id": number, "version": number, "subject": self.path.split("/")[2], "schema": asked["schema"]})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].split("/")
        schema = self.schemas.get(int(path[3])) if path[1:3] == ["schemas", "ids"] else None
        if schema is None:
            self._answer({"error_code": 40403, "message": "Schema not found"}, status=404)
        else:
            self._answer({"schema": schema})

    def _answer(self, said: dict[str, Any], *, status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


def main() -> None:
    from confluent_kafka import Producer

    # The broker lives as long as the client that it was asked of.
    client = Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = client.list_topics(timeout=10).brokers.values()
    registry = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    Thread(target=registry.serve_forever, daemon=True).start()
    print(json.dumps([f"{broker.host}:{broker.port}", f"http://127.0.0.1:{registry.server_port}"]), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
