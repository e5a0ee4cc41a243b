from __future__ import annotations

import math

import pytest

from metaedu_plugin.registry.operator.curve import curves
from metaedu_plugin.registry.operator.metrics import table

METRICS = {
    "table": [
        {"method": "ours", "answers": "0", "auc": 0.71},
        {"method": "ours", "answers": "all", "auc": 0.78, "auc_low": 0.77, "auc_high": 0.79, "log_loss": 0.52},
        {"method": "item mean", "answers": "all", "auc": 0.7, "log_loss": 0.58},
        {"method": "broken"},
        "nonsense",
    ]
}


def test_methods_stand_beside_each_other_by_responses_seen() -> None:
    auc = table(METRICS, "auc")
    assert auc is not None
    assert auc.columns == ["all", "0"]
    (ours, cells), (_, baseline) = auc.rows
    assert ours == "ours"
    assert (cells[0].value, cells[0].interval, cells[0].best) == ("0.780", "0.770\N{EN DASH}0.790", True)
    assert not baseline[0].best
    assert baseline[1].value == "\N{EN DASH}"


def test_the_lowest_loss_is_the_best() -> None:
    loss = table(METRICS, "log_loss")
    assert loss is not None
    assert [cells[0].best for _, cells in loss.rows] == [True, False]


@pytest.mark.parametrize(
    "metrics", [{}, {"table": None}, {"table": []}, {"table": [{"auc": math.nan}]}, {"table": [1]}]
)
def test_missing_figures_make_no_table(metrics: dict[str, object]) -> None:
    assert table(metrics, "auc") is None


def test_curves_leave_out_what_is_missing() -> None:
    lines = curves(
        [{"train_loss": 0.7, "test_loss": 0.8}, {"train_loss": math.nan}, {"train_loss": 0.5, "test_loss": 0.6}]
    )
    assert len(lines["train"].split()) == 2
    assert lines["test"].startswith("0.0,")
    assert curves([]) == {"train": "", "test": ""}
    assert curves([{"train_loss": 0.7}])["train"] == ""
