"""Traces reach a collector, and belong to the caller's."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from serving.service import traces
from tests.serving.service.processes import served

pytest.importorskip("opentelemetry.instrumentation.asgi")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_request_becomes_a_span_of_the_callers_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    collector = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    monkeypatch.setenv(traces.ENDPOINT, f"http://127.0.0.1:{collector.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    with served() as address:
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        body = {"course": "c", "learner": "somebody", "skills": ["s"]}
        assert httpx.post(f"{address}/v1/mastery", json=body, headers=headers).status_code == 200
        until = time.monotonic() + 10
        while not received and time.monotonic() < until:
            time.sleep(0.05)
    collector.shutdown()
    told = b"".join(received)
    assert bytes.fromhex(TRACE) in told
    assert b"/v1/mastery" in told
    assert b"metaedu-serving" in told
    assert b"somebody" not in told


def test_without_an_endpoint_nothing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(traces.ENDPOINT, raising=False)

    async def application(*_: object) -> None:
        """Nothing."""

    assert traces.traced(application) is application
