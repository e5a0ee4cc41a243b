"""LitServe, one worker."""

from __future__ import annotations

import sys
from typing import Any

import litserve


class Answer(litserve.LitAPI):
    def setup(self, device: str) -> None:
        from bench.serving.peers import work  # noqa: PLC0415 - the workers are processes of their own

        self.answer = work.answer

    def predict(self, request: dict[str, Any]) -> Any:
        return self.answer(request)


class Infer(litserve.LitAPI):
    def setup(self, device: str) -> None:
        from bench.serving.peers import work  # noqa: PLC0415

        self.infer = work.infer

    def predict(self, request: dict[str, Any]) -> Any:
        return self.infer(request)


if __name__ == "__main__":
    server = litserve.LitServer([Answer(api_path="/answer"), Infer(api_path="/infer")], accelerator="cpu")
    server.run(port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
