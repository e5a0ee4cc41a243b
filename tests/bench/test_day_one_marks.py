import pytest

from bench.day_one import equivalent
from bench.day_one.figures import BANDS
from bench.day_one.marks import checks, marks
from bench.day_one.page import page
from bench.day_one.table import Table, is_peer, label

OURS = ("ours", "elsewhere")


def row(method, support, auc, *, trained_on="support", answers="all", high=None, ece=0.01, course="c"):
    return {
        "course": course,
        "method": method,
        "trained_on": trained_on,
        "support": support,
        "answers": answers,
        "auc": auc,
        "auc_low": auc - 0.01,
        "auc_high": high or auc + 0.01,
        "log_loss": 0.5,
        "ece": ece,
        "fit_s": 1.0,
        "adapt_s": 0.0,
        "predict_us": 2.0,
        "peak_mb": None,
    }


def table(*, without=()):
    """Peers reach 0.6 and 0.7 at 10 and "all" learners; ours 0.65 everywhere."""
    rows = []
    for band in BANDS:
        for n in (1, 10, "all"):
            rows.append(row("slow", n, {1: 0.5, 10: 0.6, "all": 0.7}[n], answers=band))
            rows.append(row("weak", n, 0.55, answers=band))
        for n in (0, 1, 10, "all"):
            rows.append(row("ours", n, 0.65, trained_on="elsewhere", answers=band, ece=0.03, high=0.71))
            rows.append(row("ours-other", n, 0.66, trained_on="elsewhere", answers=band))
    return Table(r for r in rows if (r["method"], r["support"]) not in without)


def of_mark(found, mark):
    return {c.support: (c.met, c.within_noise, c.compared_to) for c in found if c.mark == mark}


def test_a_tenth_of_the_learners_against_the_best_peer():
    assert of_mark(checks(table(), OURS), "1") == {
        0: (True, True, "slow after 10 learners"),
        1: (True, True, "slow after 10 learners"),
        10: (False, True, "slow after all learners"),
        "all": (False, True, "slow after all learners"),
    }
    assert list(of_mark(checks(table(), OURS), "2")) == [0]


def test_first_responses_against_all_methods_and_late_ones_within_noise():
    found = list(checks(table(), OURS))
    assert of_mark(found, "4, responses 1-5")[10] == (False, True, "ours-other (elsewhere)")
    assert of_mark(found, "4, responses 51+")[10] == (True, True, "ours-other (elsewhere)")
    assert 0 not in of_mark(found, "4, responses 6-10")


def test_calibration():
    found = list(checks(table(), OURS))
    assert of_mark(found, "5, no learners")[0][0] is True
    assert of_mark(found, "5, 30 learners or more") == {"all": (False, None, "")}


def test_what_was_not_run_is_missing_and_not_met():
    found = list(checks(table(without={("ours", 1), ("slow", "all"), ("weak", "all")}), OURS))
    assert [(s, met) for s, (met, _, _) in of_mark(found, "1").items()] == [
        (0, True),
        (1, None),
        (10, None),
        ("all", None),
    ]
    told = {r["figure"]: r for r in marks(table(without={("ours", 1)}))}
    summary = told["day one, ours (elsewhere), mark 1: cells that hold"]
    assert (summary["value"], summary["mark"], summary["met"]) == (1, 4, False)
    assert told["day one, ours (elsewhere), mark 1: cells that could not be told"]["value"] == 1
    nobody = marks(Table(r for r in table().rows if r["method"] == "slow"))
    assert nobody[0]["value"] == 0
    assert not any(r["met"] for r in nobody)


def test_learners_that_the_best_peer_needs_are_read_off_its_curve():
    rows = [row("slow", n, value) for n, value in ((1, 0.5), (10, 0.6), (100, 0.7))]
    rows += [row("weak", n, 0.55) for n in (1, 10, 100)]
    for mine, expected in ((0.54, 1), (0.55, 1), (0.575, 10**0.5), (0.6, 10), (0.65, 10**1.5), (0.7, 100), (0.9, 100)):
        at_three = Table([*rows, row("ours", 3, mine, trained_on="elsewhere")])
        assert equivalent.needed(at_three, OURS, "c", 3) == pytest.approx(expected)
        assert equivalent.times(at_three, OURS, 3) == [pytest.approx(expected / 3)]
    assert equivalent.times(at_three, OURS, 10) == []


def test_a_peer_that_gets_worse_with_more_learners_counts_as_its_best():
    rows = [row("slow", n, value) for n, value in ((1, 0.5), (10, 0.7), (100, 0.6))]
    told = equivalent.needed(Table([*rows, row("ours", 1, 0.65, trained_on="elsewhere")]), OURS, "c", 1)
    assert told == pytest.approx(10**0.75)


def test_a_mean_is_told_only_where_all_courses_were_run():
    rows = [row("slow", 10, 0.6), row("slow", 10, 0.7, course="d"), row("weak", 10, 0.5)]
    told = page(Table(rows), [], [])
    means = told.split("## All courses")[1].split("## Marks")[0]
    assert "| slow | - | **0.650** |" in means
    assert "weak" not in means


def test_page_has_every_method_and_the_best_in_bold():
    text = page(table(), marks(table()), ["a.png"])
    assert "| ours (elsewhere) | 0.650 | 0.650 | 0.650 | 0.650 |" in text
    assert "| ours-other (elsewhere) | **0.660** | **0.660** | **0.660** | 0.660 |" in text
    assert "| slow | - | 0.500 | 0.600 | **0.700** |" in text
    assert "](pictures/a.png)" in text


@pytest.mark.parametrize("key, peer, name", [(OURS, False, "ours (elsewhere)"), (("ours-x", "y"), False, "ours-x (y)")])
def test_names(key, peer, name):
    assert (is_peer(key), label(key)) == (peer, name)
    assert is_peer(("lkt", "support"))
