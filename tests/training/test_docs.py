"""The example that the documentation shows runs as it stands."""

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "researcher.md"


def test_the_example_of_the_guide_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S)
    exec(compile(code, str(GUIDE), "exec"), {})
    lines = capsys.readouterr().out.split("\n")[:3]
    losses = [float(line.split()[2]) for line in lines]
    assert losses[-1] < losses[0], "it learns to learn"
