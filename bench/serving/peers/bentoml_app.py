"""BentoML, one worker."""

from __future__ import annotations

from typing import Any

import bentoml

from bench.serving.peers import work


@bentoml.service(workers=1, traffic={"timeout": 10})
class Service:
    @bentoml.api
    def answer(self, response: dict[str, Any], course_map: dict[str, Any]) -> dict[str, Any]:
        return work.answer({"response": response, "course_map": course_map})

    @bentoml.api
    def infer(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        return work.infer({"inputs": inputs})
