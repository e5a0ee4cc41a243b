import numpy as np
import pytest
from scipy import stats

from metaedu_plugin.insights.statistics.intervals import (
    Z95,
    family_z,
    fisher,
    normal_cdf,
    share,
    t_as_z,
    t_quantile,
    wilson,
)


@pytest.mark.parametrize(("right", "n"), [(0, 1), (0, 20), (7, 20), (20, 20), (480, 500)])
def test_wilson_agrees_with_scipy(right, n):
    expected = stats.binomtest(right, n).proportion_ci(method="wilson")
    low, high = wilson(right, n)
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_observations_mean_that_anything_is_possible():
    one = share(0, 0)
    assert (one.known, one.low, one.high, one.n) == (False, 0.0, 1.0, 0)


def test_fisher_agrees_with_scipy():
    rng = np.random.default_rng(1)
    x = rng.normal(size=50)
    y = 0.5 * x + rng.normal(size=50)
    result = stats.pearsonr(x, y)
    expected = result.confidence_interval(0.95)
    low, high = fisher(result.statistic, 50)
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high))


def test_a_correlation_of_three_has_no_interval():
    assert np.isnan(fisher(0.5, 3)).all()


def test_normal_and_family_quantiles_agree_with_scipy():
    assert normal_cdf(-1.3) == pytest.approx(stats.norm.cdf(-1.3))
    assert family_z(1) == pytest.approx(Z95)
    assert family_z(40) == pytest.approx(stats.norm.ppf(1 - 0.05 / 40))


@pytest.mark.parametrize("df", [1, 1.7, 2, 2.5, 3, 4, 4.9, 8, 30.3, 1000])
@pytest.mark.parametrize("error", [0.05, 0.01, 0.2])
def test_t_quantile_agrees_with_scipy(df, error):
    assert t_quantile(df, error) == pytest.approx(stats.t.isf(error / 2, df), rel=0.004)


@pytest.mark.parametrize("df", [9, 12.5, 100])
@pytest.mark.parametrize("t", [-3, 0.5, 2, 5])
def test_t_as_z_has_the_t_s_tail(df, t):
    assert t_as_z(t, df) == pytest.approx(stats.norm.isf(stats.t.sf(t, df)), rel=0.003)
