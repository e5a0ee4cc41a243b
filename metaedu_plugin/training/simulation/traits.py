"""What one simulated course is like: every number that its items and learners are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CourseTraits:
    """One course. Levels and spreads are in logits, chances from 0 to 1."""

    # Size
    learners: int
    items: int
    skills: int
    """Skills that the responses follow; what is written on the items is another matter, see `coarse` and below."""
    sets: int
    """The items lie in so many sets (lessons, problem sets, exam questions), taken one after the other."""
    length: float
    """Median number of responses that a learner stays for."""
    length_spread: float
    """Standard deviation of the log of that number."""

    # Learners
    ability_spread: float
    ability_tail: float
    """0 bell-shaped; up to 1: some learners far below the others."""
    factor_spread: float
    """Of abilities that several skills and items share, beside the general one."""
    skill_spread: float
    gain: float
    """What a first practice adds to a skill."""
    gain_spread: float
    forget_per_day: float
    growth: float
    """What a hundred responses add on every skill."""
    mood: float
    mood_lasts: float
    """Autocorrelation of the mood from one response to the next."""
    drift: float
    """Chance of starting to click without thinking, at each response."""
    fatigue: float
    """Lost per hundred responses of a sitting."""

    # Items
    mean_difficulty: float
    item_spread: float
    skill_difficulty_spread: float
    discrimination_spread: float
    rise: float
    """How much harder the end of the course is than its beginning."""
    rise_within: float
    """The same within a set."""
    guess: float
    slip: float

    # The way through
    shuffled: float
    """0: everybody takes the sets in the same order; 1: everybody in another."""
    drawn: bool
    """Items of a set come in an order of the learner's own."""
    blocked: bool
    """Items of a set are sorted by skill."""
    roam: float
    """Share of items on a skill from elsewhere in the course."""
    set_share: float
    """Share of a set's items that suffice."""
    mastery: int
    """Right answers in a row that end a set; 0 never."""
    switch: float
    """Chance of going to another set after any response."""
    skip: float
    late: float
    """Share of learners who begin somewhere in the middle."""
    selection: float
    """How much longer the able stay; negative: shorter."""
    second_pass: float

    # The same item again
    retry: float
    """Chance of trying again at once after a wrong answer."""
    retry_spread: float
    tries: int
    retry_gain: float
    stick: float
    """Spread of what a learner and an item have in common beyond skill and difficulty."""
    redo: float
    """Chance of doing again at once what was right."""
    recall: float
    """Added on an item whose last answer was right."""
    review: float
    """Chance that an item of long ago comes again."""
    echo: float
    """Share of items whose answer is logged twice, as some logs do for items of several skills."""
    changes_only: bool
    """A right answer to what was right already is not logged."""

    # Tags
    coarse: int
    """So many skills that follow each other share one tag."""
    several: float
    """Share of items with more than one tag."""
    needed: float
    """Share of those whose second tag is really needed."""
    untagged: float
    mistagged: float
    anonymous: bool
    """Only tags are logged, not items."""

    # What is logged beside
    has_times: bool
    has_attempts: bool
    hints: float
    hint_is_wrong: bool
    partial: float
    """Share of wrong answers with part of the score."""
    pace: float
    """Log seconds of a usual response."""
    pauses: float
    """Chance of a longer pause after any response, and its mean in days."""
    away: float
    speed: float
    """How much faster the able and the sure are, in log seconds per logit."""


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw from low to high, evenly on the scale of logs."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def sometimes(rng: np.random.Generator, chance: float, low: float, high: float) -> float:
    """0, or with this chance a value between low and high."""
    return float(rng.uniform(low, high)) if rng.random() < chance else 0.0
