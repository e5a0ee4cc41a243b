"""The dashboard asks for figures that the service has."""

import json
import re
from pathlib import Path

from serving.service.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]


def test_every_figure_that_is_asked_for_is_told() -> None:
    metrics = Metrics()
    metrics.answered("observe", 200, 0.001)
    metrics.spoke("m", "model")
    metrics.waited(0.001)
    metrics.line(1)
    metrics.outcome(0.55, True)
    metrics.loaded("serves")
    told = set(re.findall(r"^(metaedu_\w+)", metrics.text().decode(), re.M))
    panels = json.loads((ROOT / "deploy/grafana/serving.json").read_text())["panels"]
    asked = {name for p in panels for t in p["targets"] for name in re.findall(r"metaedu_\w+", t["expr"])}
    assert asked
    assert asked <= told
