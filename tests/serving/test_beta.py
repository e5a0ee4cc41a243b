import numpy as np
import pytest
from scipy.stats import beta

from serving.beta import interval, quantiles


def grid(smallest: float) -> tuple[np.ndarray, np.ndarray]:
    values = np.geomspace(smallest, 1e4, 40)
    a, b = np.meshgrid(values, values)
    return a.ravel(), b.ravel()


@pytest.mark.parametrize(("smallest", "error"), [(0.5, 1e-4), (0.05, 3e-3)])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_agrees_with_scipy(smallest: float, error: float, level: float) -> None:
    a, b = grid(smallest)
    assert np.abs(quantiles(a, b, (level,))[0] - beta.ppf(level, a, b)).max() < error


def test_an_interval_holds_eighty_percent() -> None:
    low, high = interval([0.7], [10.0])
    assert beta.cdf(high, 7, 3) - beta.cdf(low, 7, 3) == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("mean", [0.0, 1.0, 1e-9])
@pytest.mark.parametrize("concentration", [1e-3, 1.0, 1e9])
def test_extremes_stay_within_zero_and_one(mean: float, concentration: float) -> None:
    low, high = interval([mean], [concentration])
    assert 0 <= low[0] <= high[0] <= 1


def test_an_interval_is_read_off_close_to_the_quantiles() -> None:
    a, b = grid(0.2)
    low, high = interval(a / (a + b), a + b)
    assert np.abs(low - beta.ppf(0.1, a, b)).max() < 2e-3
    assert np.abs(high - beta.ppf(0.9, a, b)).max() < 2e-3
