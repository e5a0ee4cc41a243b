from __future__ import annotations

import msgspec
import pytest

from metaedu_plugin.registry.comparison import Comparison
from tests.registry.comparisons import draw


def test_it_travels_as_json() -> None:
    comparison = draw(better_by=0.1, learners=5)
    assert msgspec.json.decode(msgspec.json.encode(comparison), type=Comparison) == comparison


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"learners": ("a",)}, "not paired"),
        ({"learners": ("a", "a")}, "occurs twice"),
        ({"reference": ((1.0, 3), (1.0, 4))}, "same responses"),
        ({"candidate": ((1.0, 0), (1.0, 4)), "reference": ((1.0, 0), (1.0, 4))}, "at least one"),
    ],
)
def test_unpaired_losses_are_refused(change: dict[str, object], says: str) -> None:
    good: dict[str, object] = {
        "learners": ("a", "b"),
        "candidate": ((1.0, 2), (1.0, 4)),
        "reference": ((1.0, 2), (1.0, 4)),
        "reference_name": "x",
    }
    Comparison(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=says):
        Comparison(**(good | change))  # type: ignore[arg-type]
