import numpy as np
import pytest

from bench.day_one import run, split, store
from bench.day_one.figures import BANDS, auc_interval, ece, figures, in_band
from bench.day_one.light.item_mean import ItemMean
from metaedu_plugin.training.evaluation import bootstrap
from tests.bench.test_day_one_light import LOG, QUERY

RNG = np.random.default_rng(0)


def test_interval_is_the_exact_one_but_for_ranks():
    correct = LOG.correct
    told = np.clip(0.5 + 0.2 * (correct - 0.5) + RNG.normal(0, 0.2, len(correct)), 0.01, 0.99)
    low, high = auc_interval(correct, told, LOG.learner)
    exact = bootstrap.auc_interval(correct=correct, probability=told, cluster=LOG.learner)
    assert (low, high) == pytest.approx(exact, abs=2e-3)
    assert np.isnan(auc_interval(correct[:20], told[:20], np.zeros(20, np.int64))).all()


def test_calibration_over_bins_of_equal_width():
    # 0.9 is sure and right four times of ten, 0.1 never wrong: gaps 0.5 and 0.1, each of half the rows.
    told, correct = np.repeat([0.9, 0.1], 10), np.r_[np.ones(4), np.zeros(16)]
    assert ece(correct, told) == pytest.approx(0.3)
    assert ece(np.ones(3), np.ones(3)) == 0


def test_bands_part_the_rows_and_one_outcome_has_no_figures():
    parts = np.concatenate([in_band(QUERY, name) for name in BANDS if name != "all"])
    assert sorted(parts.tolist()) == list(range(len(QUERY)))
    assert (QUERY.seen[in_band(QUERY, "6-10")] + 1).tolist() == [6, 7, 8, 9, 10] * 20
    by_band = {f.answers: f for f in figures(QUERY, np.full(len(QUERY), 0.6))}
    assert by_band["all"].auc == 0.5
    assert by_band["51+"].auc is by_band["51+"].ece is None


def test_a_cell_is_kept_whole(tmp_path):
    log = LOG
    query = split.query(log)
    cell = run.run(ItemMean(), log, query, 3)
    assert (cell.adapt_s, cell.method, cell.support) == (0.0, "item-mean", 3)
    store.save(cell, tmp_path)
    [kept] = store.cells("made", tmp_path)
    assert kept.probability == pytest.approx(cell.probability, abs=1e-6)
    assert (kept.trained_on, kept.support, kept.fit_s) == ("support", 3, cell.fit_s)
    assert [p.name for p in (tmp_path / "made").iterdir()] == ["item-mean__support__3.npz"]


def test_what_is_no_probability_is_refused():
    class Wrong(ItemMean):
        def fit(self, support, *, seed):
            return self

        def predict(self, query):
            return np.full(len(query), np.nan)

    with pytest.raises(ValueError, match="not a probability"):
        run.run(Wrong(), LOG, split.query(LOG), 3)
