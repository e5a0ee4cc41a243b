"""The service as a process that tests start, ask, replace and kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "serving", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def wait_for(address: str, process: subprocess.Popen[str], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until, "the service did not come up"
        time.sleep(0.05)


@contextmanager
def served(*arguments: str, port: int | None = None) -> Iterator[str]:
    """The address of a service that runs meanwhile."""
    port = port or free_port()
    process = start("--port", str(port), *arguments)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
