"""Every statistic against another's implementation, or the plainest one that can be written, on random data."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score

from metaedu_plugin.insights.statistics import Answers, item_statistics, learner_statistics
from metaedu_plugin.insights.statistics import choices as choosing
from metaedu_plugin.insights.statistics import drift as drifting
from metaedu_plugin.insights.statistics import groups as grouping
from metaedu_plugin.insights.statistics.choices import key_doubts
from metaedu_plugin.insights.statistics.curves import learning_curve
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.drift import drifts
from metaedu_plugin.insights.statistics.gain import GAIN_AT, practice_gain
from metaedu_plugin.insights.statistics.residuals import Residuals, across, within
from metaedu_plugin.insights.statistics.splits import _related
from metaedu_plugin.insights.statistics.tagging import _commonness, _of_skill
from tests.insights.classes import DAY, START, answers, simulate
from tests.insights.statistics.planted import table
from tests.insights.statistics.test_structure import chosen, over_months


def random_class(seed: int, *, learners: int = 40, items: int = 15) -> Answers:
    """Learners who answered some of the items, some several times, in an order of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(learners):
        for item in rng.permutation(items)[: rng.integers(1, items + 1)]:
            for attempt in range(1, rng.integers(2, 5)):
                rows.append((who, item, rng.random() < 0.6, attempt, rng.integers(0, 3), rng.integers(-1, 3)))
    who, item, right, attempt, hints, choice = map(np.array, zip(*rows, strict=True))
    seconds = np.where(rng.random(len(who)) < 0.2, np.nan, rng.exponential(30, len(who)))
    time = START + np.sort(rng.random(len(who)) * 60 * DAY)
    time = np.where(rng.random(len(who)) < 0.1, np.nan, time)
    return answers(
        learner=who, item=item, correct=right, attempt=attempt, hints=hints, choice=choice, seconds=seconds, time=time
    )


def firsts(given: Answers) -> list[int]:
    seen: set[tuple[int, int]] = set()
    rows = []
    for row in range(len(given)):
        pair = int(given.learner[row]), int(given.item[row])
        if pair not in seen and given.attempt[row] <= 1:
            rows.append(row)
        seen.add(pair)
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_items_by_loops(seed):
    given = random_class(seed)
    rows = firsts(given)
    success = {i: np.mean([given.correct[r] for r in rows if given.item[r] == i]) for i in set(given.item.tolist())}
    for i, one in enumerate(item_statistics(given)):
        mine = [row for row in range(len(given)) if given.item[row] == i]
        first = [row for row in rows if given.item[row] == i]
        people = {int(given.learner[row]) for row in mine}
        assert (one.learners, one.answers, one.success.n) == (len(people), len(mine), len(first))
        assert one.success.value == pytest.approx(success[i])
        assert one.ever_right == len({int(given.learner[row]) for row in mine if given.correct[row]})
        assert one.hint_share == pytest.approx(
            len({int(given.learner[row]) for row in mine if given.hints[row] > 0}) / len(people)
        )
        assert one.seconds == pytest.approx(np.nanmedian(given.seconds[first]), nan_ok=True)
        wrong = [int(given.choice[row]) for row in first if not given.correct[row] and given.choice[row] >= 0]
        most = max((wrong.count(c) for c in set(wrong)), default=0)
        assert one.wrong_choice_share == pytest.approx(most / len(first))

        pairs = []
        for row in first:
            others = [r for r in rows if given.learner[r] == given.learner[row] and r != row]
            if len(others) >= 3:
                rest = np.mean([given.correct[r] - success[int(given.item[r])] for r in others])
                pairs.append((float(given.correct[row]), rest))
        x, y = map(np.array, zip(*pairs, strict=True))
        expected = stats.pearsonr(x, y)
        interval = expected.confidence_interval(0.95)
        found = one.discrimination
        assert (found.value, found.low, found.high, found.n) == pytest.approx(
            (expected.statistic, interval.low, interval.high, len(pairs))
        )


@pytest.mark.parametrize("seed", range(3))
def test_learners_by_loops(seed):
    given = random_class(seed)
    rows = firsts(given)
    for who, one in enumerate(learner_statistics(given)):
        mine = [row for row in range(len(given)) if given.learner[row] == who]
        first = [row for row in rows if given.learner[row] == who]
        time = given.time[mine]
        run = list(itertools.takewhile(lambda row: not given.correct[row], reversed(mine)))
        assert (one.answers, one.items) == (len(mine), len({int(given.item[row]) for row in mine}))
        assert (one.success.value, one.success.n) == (pytest.approx(np.mean(given.correct[first])), len(first))
        assert (one.since, one.last) == pytest.approx((np.nanmin(time), np.nanmax(time)))
        assert one.days == len({int(moment // DAY) for moment in time if not np.isnan(moment)})
        assert one.wrong_in_a_row == len(run)


def test_difficulty_is_nearly_that_of_joint_maximum_likelihood():
    """As logistic regression on dummies of learners and items, whose items are then as far apart as they can be."""
    truth = simulate(learners=300, items=25, missing=0.3, seed=4)
    given = truth.answers
    rows = given.first
    learner, item = given.learner[rows], given.item[rows]
    dummies = np.zeros((len(rows), len(given.learners) + len(given.items)))
    dummies[np.arange(len(rows)), learner] = 1
    dummies[np.arange(len(rows)), len(given.learners) + item] = -1
    fitted = LogisticRegression(C=100, fit_intercept=False, max_iter=2000).fit(dummies, given.correct[rows])
    expected = fitted.coef_[0, len(given.learners) :]
    found = np.array([one.difficulty for one in item_statistics(given)])
    assert np.abs(found - (expected - expected.mean())).max() < 0.25


@pytest.mark.parametrize("seed", range(20))
def test_discoveries_are_scipy_s_false_discovery_control(seed):
    rng = np.random.default_rng(seed)
    p = np.concatenate([rng.random(30), rng.random(seed) ** 6])
    p[rng.random(len(p)) < 0.2] = 0.01  # ties
    assert (discoveries(p, 0.1) == (stats.false_discovery_control(p) <= 0.1)).all()
    assert upper_tail(p) == pytest.approx(stats.norm.sf(p))


def spied(module, monkeypatch):
    """What a module hands to `discoveries`."""
    seen: list[np.ndarray] = []

    def look(p):
        seen.append(np.asarray(p))
        return discoveries(p)

    monkeypatch.setattr(module, "discoveries", look)
    return seen


def test_doubts_of_keys_have_the_p_values_of_scipy_s_welch_test(monkeypatch):
    seen = spied(choosing, monkeypatch)
    given = chosen(seed=3, learners=60)
    key_doubts(given)
    rows = firsts(given)
    success = np.array([np.mean(given.correct[given.item == i]) for i in range(len(given.items))])
    residual = {(int(given.learner[r]), int(given.item[r])): given.correct[r] - success[given.item[r]] for r in rows}
    expected = []
    for item, choice in itertools.product(range(len(given.items)), range(len(given.choices))):
        rests: dict[bool, list[float]] = {True: [], False: []}
        for row in rows:
            if given.item[row] == item and (given.correct[row] or given.choice[row] == choice):
                who = int(given.learner[row])
                rest = [residual[who, i] for i in range(len(given.items)) if i != item]
                rests[bool(given.correct[row])].append(np.mean(rest))
        if len(rests[False]) >= 10:
            some, most = rests[False], rests[True]
            both = (np.var(some) * len(some) + np.var(most) * len(most)) / (len(some) + len(most) - 2)
            columns = [(np.mean(x), np.sqrt(max(np.var(x, ddof=1), both)), len(x)) for x in (some, most)]
            test = stats.ttest_ind_from_stats(*columns[0], *columns[1], equal_var=False, alternative="greater")
            expected.append(test.pvalue)
    assert len(expected) > 10
    assert seen[0] == pytest.approx(expected, rel=0.02)


def chance(seed: int, *, learners: int) -> Answers:
    """Items that anybody gets right by chance, with two wrong options: no key is to be doubted."""
    rng = np.random.default_rng(seed)
    right = rng.random((learners, 16)) < 0.75
    choice = np.where(right, 0, rng.integers(1, 3, right.shape))
    who, item = np.nonzero(np.ones_like(right))
    return answers(learner=who, item=item, correct=right[who, item], choice=choice[who, item].astype(float))


def test_p_values_of_doubts_are_uniform_though_few_chose_the_option(monkeypatch):
    seen = spied(choosing, monkeypatch)
    false = sum(bool(key_doubts(chance(seed, learners=100))) for seed in range(150))
    p = np.concatenate(seen)
    assert len(p) > 2000
    for level, most in ((0.1, 1.1), (0.01, 1.2), (0.001, 2)):
        assert np.mean(p <= level) <= most * level
    assert false <= 8  # 5 % of 150


def test_p_values_of_drift_are_uniform_and_the_trend_is_scipy_s(monkeypatch):
    seen = spied(drifting, monkeypatch)
    for seed in range(40):
        drifts(over_months(seed=2000 + seed, learners=180))
    p = np.concatenate(seen)
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.025)

    given = over_months(seed=0, moved=4)
    _names, month = drifting.months_of(given)
    left = drifting._beyond_ability(given)
    one = next(one for one in drifts(given) if one.item == "item004")
    mine = given.item[given.first] == 4
    slope = stats.linregress(month[mine], left[mine]).slope
    assert one.shift == pytest.approx(slope * (len(one.months) - 1))


def practised(seed: int, *, items: int, learners: int, gain: float, shuffled: bool):
    """Opportunities at items that differ, by learners who differ and do not all get to the end."""
    rng = np.random.default_rng(seed)
    hard, able = rng.normal(0, 0.12, items), rng.normal(0, 0.12, learners)
    columns = [[], [], [], []]
    for who in range(learners):
        met = rng.integers(2, items + 1)
        order = rng.permutation(items)[:met] if shuffled else np.arange(met)
        number = np.arange(1, met + 1)
        p = 0.5 + able[who] + hard[order] + gain * np.log(number) / np.log(GAIN_AT)
        for column, values in zip(
            columns, ([who] * met, order, number, rng.random(met) < np.clip(p, 0, 1)), strict=True
        ):
            column.extend(values)
    return [np.array(column) for column in columns]


@pytest.mark.parametrize("items", [4, 10])
@pytest.mark.parametrize("shuffled", [True, False])
def test_the_gain_s_interval_covers_what_was_gained(items, shuffled):
    found = [
        practice_gain(*practised(seed, items=items, learners=50, gain=0.05, shuffled=shuffled)) for seed in range(300)
    ]
    assert np.mean([one.low <= 0.05 <= one.high for one in found]) >= 0.92
    assert np.mean([one.high < 0.05 for one in found]) <= 0.05


def test_the_gain_is_the_slope_of_least_squares_with_dummies_of_learners():
    learner, item, number, correct = practised(1, items=8, learners=30, gain=0.1, shuffled=True)
    design = np.column_stack([np.log(number), np.eye(30)[learner]])
    slope = np.linalg.lstsq(design, correct.astype(float), rcond=None)[0][0]
    assert practice_gain(learner, item, number, correct).value == pytest.approx(slope * np.log(GAIN_AT))


def test_the_curve_s_rate_is_weighted_least_squares_on_logarithms():
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(1, 9), np.arange(160, 0, -20))
    wrong = rng.random(len(number)) < 0.6 * number**-0.4
    curve = learning_curve(number, ~wrong)
    n = np.bincount(number)[1:]
    p = (np.bincount(number, wrong)[1:] + 0.5) / (n + 1)
    slope, start = np.polyfit(np.log(np.arange(1, 9)), np.log(p), 1, w=np.sqrt(n * p / (1 - p)))
    assert (curve.rate.value, curve.start) == pytest.approx((-slope, np.exp(start)))


def test_the_curve_s_interval_covers_the_rate():
    hit = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        number = np.repeat(np.arange(1, 7), 120)
        curve = learning_curve(number, rng.random(len(number)) >= 0.5 * number**-0.3)
        hit.append(curve.rate.low <= 0.3 <= curve.rate.high)
    assert np.mean(hit) >= 0.93


def pairs_of(one: Residuals, group: np.ndarray, other: np.ndarray) -> float:
    """Mean product of residuals over the learners' pairs of answered items, one of each group."""
    found = []
    for value, seen in zip(one.value.astype(float), one.seen, strict=True):
        same = group is other
        pairs = itertools.combinations(group, 2) if same else itertools.product(group, other)
        found += [value[a] * value[b] for a, b in pairs if seen[a] and seen[b]]
    return float(np.mean(found))


def test_what_goes_together_by_loops_over_pairs():
    one = table(seed=5, learners=60, items=4, skills=3, missing=0.2)
    group, other = np.flatnonzero(one.tags[:, 0]), np.flatnonzero(one.tags[:, 1])
    squares = (one.value**2) @ one.tags
    mine = within(one.sums[:, 0], squares[:, 0], one.counts[:, 0])
    both = across(one.sums[:, 0], one.counts[:, 0], one.sums[:, 1], one.counts[:, 1])
    assert mine.value == pytest.approx(pairs_of(one, group, group), rel=1e-4)
    assert both.value == pytest.approx(pairs_of(one, group, other), rel=1e-4)


def test_errors_of_what_goes_together_are_the_jackknife_s():
    one = table(seed=6, learners=150, items=6, skills=3, missing=0.2)
    squares = (one.value**2) @ one.tags
    columns = one.sums[:, 0], squares[:, 0], one.counts[:, 0]
    without = [within(*(np.delete(column, n) for column in columns)).value for n in range(150)]
    expected = np.sqrt(149 / 150 * np.sum((np.array(without) - np.mean(without)) ** 2))
    assert within(*columns).error == pytest.approx(expected, rel=0.05)

    side = np.isin(np.arange(12), range(6))
    value, seen = one.value[:, :12], one.seen[:, :12]
    estimate, _z = _related(value, seen, side)
    without = [_related(np.delete(value, n, 0), np.delete(seen, n, 0), side)[0].value for n in range(150)]
    expected = 1.96 * np.sqrt(149 / 150 * np.sum((np.array(without) - np.mean(without)) ** 2))
    assert estimate.high - estimate.value == pytest.approx(expected, rel=0.15)


def test_loadings_of_an_item_by_loops_over_pairs():
    one = table(seed=7, learners=400, items=5, skills=3, missing=0.1)
    common = _commonness(one)
    mine = np.flatnonzero(one.tags[:, 0])
    found = _of_skill(one, 0, mine, np.array([1, 2]), common)
    for item, misfit in zip(mine, found, strict=True):
        rest = np.array([n for n in mine if n != item])
        own = pairs_of(one, np.array([item]), rest) / np.sqrt(pairs_of(one, rest, rest))
        k = one.skills.index(misfit.better)
        theirs = np.flatnonzero(one.tags[:, k])
        other = pairs_of(one, np.array([item]), theirs) / np.sqrt(pairs_of(one, theirs, theirs))
        assert (misfit.own.value, misfit.other.value) == pytest.approx((own, other), rel=1e-3)


def test_groups_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    rows = np.vstack([rng.normal(centre, 1, (60, 4)) for centre in (0, 5, -5)])
    centre = grouping._k_means(rows, 3, rng)
    label = grouping._squares(rows, centre).argmin(axis=1)
    assert grouping._silhouette(rows, label) == pytest.approx(silhouette_score(rows, label))
    theirs = KMeans(3, n_init=10, random_state=0).fit(rows)
    assert float(grouping._squares(rows, centre).min(axis=1).sum()) == pytest.approx(theirs.inertia_)


def test_a_class_of_two_kinds_of_rows_has_two_groups_and_no_error():
    """Imported without times, half of the class right at all, half wrong twice: three centres cannot be found."""
    who, item = np.divmod(np.arange(40 * 8), 8)
    given = answers(
        learner=np.r_[who, who[who >= 20]],
        item=np.r_[item, item[who >= 20]],
        correct=np.r_[who < 20, np.zeros(160, bool)],
        attempt=np.r_[np.ones(320), np.full(160, 2)],
    )
    assert len(grouping.groups(given, learner_statistics(given))) in (0, 2)
