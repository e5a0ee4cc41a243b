"""FastAPI on uvicorn, one worker."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI

from bench.serving.peers import work

app = FastAPI()


@app.post("/answer")
def answer(body: dict[str, Any]) -> Any:
    return work.answer(body)


@app.post("/infer")
def infer(body: dict[str, Any]) -> Any:
    return work.infer(body)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
