"""What a course is like, in numbers: one function for real and for simulated courses.

A sample is measured, the same for both: at most `LEARNERS` learners, the first `LONGEST` responses of each.
What a course cannot tell (repeats of items that are not known, times that were not kept) is NaN.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import rankdata

from metaedu_plugin.training.data import CourseData

LEARNERS, LONGEST = 1000, 600
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Sample:
    """A course as flat arrays, one entry per response, learner after learner."""

    def __init__(self, course: CourseData, rng: np.random.Generator) -> None:
        sequences = [s for s in course.sequences if len(s) > 1]
        if len(sequences) > LEARNERS:
            sequences = [sequences[row] for row in rng.choice(len(sequences), LEARNERS, replace=False)]
        lengths = [min(len(s), LONGEST) for s in sequences]
        self.lengths = np.array(lengths)
        self.learner = np.repeat(np.arange(len(sequences)), lengths)
        self.position = np.concatenate([np.arange(length) for length in lengths])

        def flat(name: str) -> Floats:
            return np.concatenate([getattr(s, name)[:LONGEST] for s in sequences]).astype(float)

        self.item = flat("item").astype(np.int64)
        self.correct, self.time = flat("correct"), flat("time")
        self.items = len(course.items)
        sets = {tuple(tags): 0 for tags in course.item_skills if len(tags)}
        number = {tags: row for row, tags in enumerate(sets)}
        skill_of = np.array([number.get(tuple(tags), -1) for tags in course.item_skills])
        self.skill, self.skills = skill_of[self.item], len(sets)
        self.tags = np.mean([len(tags) for tags in course.item_skills])
        anonymous = course.facts.get("anonymous")
        self.named = anonymous is None or not np.any(np.asarray(anonymous))


def statistics(course: CourseData, *, seed: int = 0) -> dict[str, float]:
    """Describe a course by its statistics; NaN where it does not tell."""
    rng = np.random.default_rng(seed)
    s = Sample(course, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return {**_size(s), **_levels(s), **_history(s), **_structure(s, rng)}


def _size(s: Sample) -> dict[str, float]:
    item_counts = np.bincount(s.item)
    same = s.learner[1:] == s.learner[:-1]
    result = {
        "learners (log10)": np.log10(len(s.lengths)),
        "responses of a learner, median (log10)": np.log10(np.median(s.lengths)),
        "responses of a learner, sd of log": np.log(s.lengths).std(),
        "skills (log10)": np.log10(s.skills) if s.skills else np.nan,
        "items (log10)": np.log10((item_counts > 0).sum()) if s.named else np.nan,
        "responses per item (log10)": np.log10(item_counts[item_counts > 0].mean()) if s.named else np.nan,
        "responses per skill (log10)": np.log10((s.skill >= 0).sum() / s.skills) if s.skills else np.nan,
        "skills of an item": s.tags if s.skills and s.named else np.nan,
        "next response on the same skill": (s.skill[1:] == s.skill[:-1])[same].mean() if s.skills else np.nan,
    }
    if s.named:
        last = _last_row(s.learner * s.items + s.item)
        again = last >= 0
        result["repeats of an item"] = again.mean()
        result["repeats that follow at once"] = (
            (last[again] == np.flatnonzero(again) - 1).mean() if again.mean() > 0.02 else np.nan
        )
        met = np.median(np.bincount(s.learner[~again]))
        result["course's items that a learner meets"] = met / (item_counts > 0).sum()
        result["next item foreseen"] = _foreseen(s.item, same)
    gaps = np.diff(s.time)[same & (s.time[1:] >= 0) & (s.time[:-1] >= 0)]
    result["pause, median (log10 s)"] = np.log10(max(1.0, np.median(gaps))) if len(gaps) else np.nan
    result["pauses over an hour"] = (gaps > 3600).mean() if len(gaps) else np.nan
    return result


def _levels(s: Sample) -> dict[str, float]:
    result = {
        "mean correct": s.correct.mean(),
        "learners, sd of logit": _spread(s.learner, s.correct),
        "items, sd of logit": _spread(s.item, s.correct) if s.named else np.nan,
        "skills, sd of logit": _spread(s.skill, s.correct) if s.skills else np.nan,
        "AUC of learner's running mean": _auc(_running_mean(s.learner, s.correct), s.correct),
        "AUC of item mean": _auc(_mean_of_others(s.item, s), s.correct) if s.named else np.nan,
        "AUC of skill mean": _auc(_mean_of_others(s.skill, s), s.correct, s.skill >= 0),
    }
    long = s.lengths >= 20
    early, chosen = s.position < 10, long[s.learner]
    result["first ten against later"] = s.correct[chosen & early].mean() - s.correct[chosen & ~early].mean()
    return result


def _history(s: Sample) -> dict[str, float]:
    """What the learner's own last answers tell."""
    last = np.arange(-1, len(s.learner) - 1)
    last[s.position == 0] = -1
    on_skill = _last_row(s.learner * (s.skills + 1) + s.skill)
    on_skill[s.skill < 0] = -1
    residual = s.correct - _expected(s)
    result = {
        "right after right, against after wrong": _difference(last, s.correct),
        "the same within a skill": _difference(on_skill, s.correct),
        "AUC of last on the skill": _auc(s.correct[on_skill], s.correct, on_skill >= 0),
        "residual, next response": _autocorrelation(residual, s, 1),
        "residual, ten responses on": _autocorrelation(residual, s, 10),
        "slope per log opportunity": _slope(s),
    }
    if s.named:
        on_item = _last_row(s.learner * s.items + s.item)
        again = on_item >= 0
        if again.mean() > 0.02:
            after = s.correct[on_item[again]] > 0.5
            result["right again on the item"] = s.correct[again][after].mean()
            result["right after wrong on the item"] = s.correct[again][~after].mean()
            result["repeats after a right answer"] = after.mean()
            result["AUC of last on the item"] = _auc(s.correct[on_item], s.correct, again)
    return result


def _structure(s: Sample, rng: np.random.Generator) -> dict[str, float]:
    """How items hang together: discrimination, and what is left when one ability is taken out."""
    group = s.item if s.named else s.skill
    if group.max() < 3:
        return {}
    busiest = np.argsort(-np.bincount(group[group >= 0]), kind="stable")[:60]
    column = np.full(group.max() + 2, -1)
    column[busiest] = np.arange(len(busiest))
    column = column[np.where(group < 0, len(column) - 1, group)]
    count, total = (np.zeros((len(s.lengths), len(busiest))) for _ in range(2))
    chosen = column >= 0
    residual = (s.correct - _expected(s))[chosen]
    np.add.at(count, (s.learner[chosen], column[chosen]), 1.0)
    np.add.at(total, (s.learner[chosen], column[chosen]), residual)
    mean = np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
    found = _mean_correlation(mean)
    mixed = mean.copy()
    for place in range(mixed.shape[1]):
        there = np.flatnonzero(~np.isnan(mixed[:, place]))
        mixed[there, place] = mixed[rng.permutation(there), place]
    ability = np.bincount(s.learner, s.correct - _mean_of_others(s.item, s), len(s.lengths)) / s.lengths
    told = [
        np.corrcoef(ability[s.learner[rows]], s.correct[rows])[0, 1]
        for rows in (np.flatnonzero(column == place) for place in range(len(busiest)))
        if len(rows) >= 30
    ]
    return {
        "further factors (residual correlation)": found - _mean_correlation(mixed),
        "discrimination, mean": float(np.nanmean(told)) if told else np.nan,
        "discrimination, sd": float(np.nanstd(told)) if len(told) > 3 else np.nan,
    }


def _mean_correlation(values: Floats) -> float:
    """Mean absolute correlation between columns that at least 30 rows have in common."""
    there = ~np.isnan(values)
    filled = np.where(there, values - np.nanmean(values, 0), 0.0)
    common = there.T.astype(float) @ there
    spread = filled.T**2 @ there
    correlation = (filled.T @ filled) / np.sqrt(spread * spread.T)
    chosen = np.triu(common >= 30, 1) & np.isfinite(correlation)
    return float(np.abs(correlation[chosen]).mean()) if chosen.sum() >= 5 else np.nan


def _last_row(key: Ints) -> Ints:
    """Row of the last response with the same key, -1 where there is none."""
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    last = np.full(len(key), -1)
    last[order[1:][same]] = order[:-1][same]
    return last


def _foreseen(item: Ints, same: NDArray[np.bool_]) -> float:
    """Share of responses whose item is the most frequent one after the item before."""
    pairs, counts = np.unique(np.stack([item[:-1][same], item[1:][same]]), axis=1, return_counts=True)
    best = np.zeros(item.max() + 1)
    np.maximum.at(best, pairs[0], counts)
    return float(best.sum() / counts.sum())


def _spread(group: Ints, correct: Floats) -> float:
    """Standard deviation of the groups' logits, without what chance alone adds."""
    chosen = group >= 0
    number = np.bincount(group[chosen])
    right = np.bincount(group[chosen], correct[chosen])
    enough = number >= 10
    if enough.sum() < 4:
        return np.nan
    share = (right[enough] + 0.5) / (number[enough] + 1.0)
    noise = 1.0 / ((number[enough] + 1.0) * share * (1.0 - share))
    weight = np.sqrt(number[enough])
    levels = logit(share)
    variance = np.average((levels - np.average(levels, weights=weight)) ** 2, weights=weight)
    return float(np.sqrt(max(0.0, variance - np.average(noise, weights=weight))))


def _running_mean(group: Ints, correct: Floats) -> Floats:
    """Mean of the group's rows so far, drawn to the overall mean by two responses; rows of a group lie together."""
    start = np.r_[True, group[1:] != group[:-1]]
    begun = np.maximum.accumulate(np.where(start, np.arange(len(group)), 0))
    before = np.r_[0.0, np.cumsum(correct)[:-1]]
    number = np.arange(len(group)) - begun
    return (before - before[begun] + 2.0 * correct.mean()) / (number + 2.0)


def _mean_of_others(group: Ints, s: Sample) -> Floats:
    """Mean of a group (an item, a skill) over the other learners, drawn to the overall mean by five responses."""
    safe = np.where(group < 0, group.max() + 1, group)
    number, right = np.bincount(safe), np.bincount(safe, s.correct)
    back = np.unique(s.learner * (safe.max() + 1) + safe, return_inverse=True)[1]
    own_number, own_right = np.bincount(back), np.bincount(back, s.correct)
    n, r = number[safe] - own_number[back], right[safe] - own_right[back]
    return (r + 5.0 * s.correct.mean()) / (n + 5.0)


def _expected(s: Sample) -> Floats:
    """Chance of each response from its item (or skill) and its learner alone."""
    base = _mean_of_others(s.item, s)
    number = np.bincount(s.learner)
    left = (np.bincount(s.learner, s.correct - base)[s.learner] - (s.correct - base)) / (number[s.learner] + 4.0)
    return np.clip(base + left, 0.01, 0.99)


def _difference(last: Ints, correct: Floats) -> float:
    known = last >= 0
    if known.sum() < 100:
        return np.nan
    before, now = correct[last[known]] > 0.5, correct[known]
    return float(now[before].mean() - now[~before].mean())


def _autocorrelation(residual: Floats, s: Sample, lag: int) -> float:
    same = s.learner[lag:] == s.learner[:-lag]
    if same.sum() < 100:
        return np.nan
    return float(np.corrcoef(residual[lag:][same], residual[:-lag][same])[0, 1])


def _slope(s: Sample) -> float:
    """Log-odds gained per log of the opportunity on a skill, beyond what item and learner tell."""
    chosen = s.skill >= 0
    if chosen.sum() < 200:
        return np.nan
    opportunity = np.log1p(_opportunity(s.learner * (s.skills + 1) + s.skill))[chosen]
    offset, correct = logit(_expected(s))[chosen], s.correct[chosen]
    design = np.stack([np.ones(len(correct)), opportunity], -1)
    found = np.zeros(2)
    for _ in range(6):
        chance = expit(offset + design @ found)
        hessian = (design * (chance * (1.0 - chance))[:, None]).T @ design + 1e-3 * np.eye(2)
        found += np.linalg.solve(hessian, design.T @ (correct - chance))
    return float(found[1])


def _opportunity(key: Ints) -> Ints:
    """How many rows with the same key came before."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    start = np.r_[True, ordered[1:] != ordered[:-1]]
    begun = np.maximum.accumulate(np.where(start, np.arange(len(key)), 0))
    result = np.empty(len(key), np.int64)
    result[order] = np.arange(len(key)) - begun
    return result


def _auc(value: Floats, correct: Floats, chosen: NDArray[np.bool_] | None = None) -> float:
    if chosen is not None:
        value, correct = value[chosen], correct[chosen]
    right = correct > 0.5
    positives, negatives = right.sum(), (~right).sum()
    if positives < 20 or negatives < 20:
        return np.nan
    return float((rankdata(value)[right].sum() - positives * (positives + 1) / 2) / (positives * negatives))
