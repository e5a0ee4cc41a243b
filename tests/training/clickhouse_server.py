"""ClickHouse's HTTP interface in front of an embedded engine: what a client of a server needs, and no more.

`python -m tests.training.clickhouse_server FOLDER` takes statements as JSON on standard input, makes Aspects' table of
them and prints its port.
"""

from __future__ import annotations

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chdb.session import Session

USER, PASSWORD = "ch_admin", "p@ss:word"


class Server(BaseHTTPRequestHandler):
    """Queries as the body or in the address; credentials as headers."""

    protocol_version = "HTTP/1.1"
    engine: Session

    def do_POST(self) -> None:
        """Answer a query in the format that it asks for."""
        from base64 import b64encode

        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        basic = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != basic and self.headers.get("X-ClickHouse-Key") != PASSWORD:
            self._answer(403, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", "516")
            return
        asked = parse_qs(urlsplit(self.path).query)
        query = " ".join([*asked.get("query", []), body.decode()]).strip()
        format = asked.get("default_format", [self.headers.get("X-ClickHouse-Format") or "TabSeparated"])[0]
        try:
            self._answer(200, self.engine.query(query, format).bytes() or b"")
        except RuntimeError as error:
            self._answer(404, str(error).encode(), "60")

    do_GET = do_POST

    def _answer(self, code: int, body: bytes, exception: str = "") -> None:
        self.send_response(code)
        if exception:
            self.send_header("X-ClickHouse-Exception-Code", exception)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    Server.engine = Session(sys.argv[1])
    Server.engine.query("CREATE DATABASE xapi")
    Server.engine.query(
        "CREATE TABLE xapi.xapi_events_all (event_id UUID, emission_time DateTime64(6), event String)"
        " ENGINE = ReplacingMergeTree ORDER BY (emission_time, event_id)"
    )
    rows = [
        {"event_id": one["id"], "emission_time": one["timestamp"], "event": json.dumps(one)}
        for one in json.load(sys.stdin)
    ]
    lines = "\n".join(map(json.dumps, rows))
    Server.engine.query(
        "INSERT INTO xapi.xapi_events_all SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow " + lines
    )
    server = HTTPServer(("127.0.0.1", 0), Server)
    print(server.server_port, flush=True)
    server.serve_forever()
