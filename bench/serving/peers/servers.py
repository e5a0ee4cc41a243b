"""The peers: how each environment is made, how each is started, and where it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "var" / "serving_peers"


class Peer(NamedTuple):
    """A server of somebody else."""

    packages: tuple[str, ...]
    answer: str = "/answer"
    infer: str = "/infer"


PEERS: Final = {
    "fastapi": Peer(("fastapi", "uvicorn")),
    "litserve": Peer(("litserve",)),
    "bentoml": Peer(("bentoml",)),
    "mlserver": Peer(("mlserver",), infer="/v2/models/same/infer"),
}


def python(name: str) -> Path:
    """The interpreter of a peer's environment, which is made when it is not there."""
    folder = FOLDER / name
    found = folder / "bin" / "python"
    if not (folder / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        wanted = [*PEERS[name].packages, "numpy", "onnxruntime", "msgspec"]
        pip = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
        (folder / "made").touch()
    return found


def command(name: str, port: int) -> tuple[list[str], dict[str, str]]:
    """What starts a peer, and what it needs in the environment."""
    own = python(name)
    environment = {"PYTHONPATH": str(ROOT)}
    if name == "bentoml":
        there = ["bench.serving.peers.bentoml_app:Service", "--port", str(port), "--host", "127.0.0.1"]
        return [str(own.with_name("bentoml")), "serve", *there], environment | {"BENTOML_DO_NOT_TRACK": "1"}
    if name == "mlserver":
        folder = FOLDER / "mlserver_settings"
        folder.mkdir(parents=True, exist_ok=True)
        ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2, "parallel_workers": 0}
        (folder / "settings.json").write_text(json.dumps(ports | {"host": "127.0.0.1", "debug": False}))
        runtime = {"name": "same", "implementation": "bench.serving.peers.mlserver_app.Runtime"}
        (folder / "model-settings.json").write_text(json.dumps(runtime))
        return [str(own.with_name("mlserver")), "start", str(folder)], environment
    return [str(own), "-m", f"bench.serving.peers.{name}_app", str(port)], environment
