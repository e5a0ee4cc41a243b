"""Any course: every trait on its own, over its whole range. Ranges are rounded, wider than any one course asks for."""

from __future__ import annotations

import numpy as np

from metaedu_plugin.training.simulation.traits import CourseTraits, log_uniform, sometimes


def any_course(rng: np.random.Generator) -> CourseTraits:
    """Draw traits that know nothing of each other."""
    skills = int(log_uniform(rng, 2, 60))
    items = int(log_uniform(rng, 15, 1500))
    return CourseTraits(
        learners=int(log_uniform(rng, 25, 2500)),
        items=items,
        skills=skills,
        sets=skills if rng.random() < 0.5 else int(log_uniform(rng, 1, max(2, items / 3))),
        length=log_uniform(rng, 15, 500),
        length_spread=rng.uniform(0.2, 1.8),
        ability_spread=rng.uniform(0.4, 2.0),
        ability_tail=sometimes(rng, 0.5, 0.2, 1.0),
        factor_spread=sometimes(rng, 0.7, 0.1, 1.2),
        skill_spread=rng.uniform(0.1, 1.3),
        gain=log_uniform(rng, 0.005, 0.6),
        gain_spread=rng.uniform(0.2, 0.9),
        forget_per_day=log_uniform(rng, 0.002, 0.15),
        growth=rng.normal(0.0, 0.15),
        mood=sometimes(rng, 0.6, 0.1, 1.0),
        mood_lasts=rng.uniform(0.3, 0.97),
        drift=sometimes(rng, 0.5, 0.0, 0.02),
        fatigue=sometimes(rng, 0.3, 0.0, 1.0),
        mean_difficulty=rng.uniform(-3.2, 1.5),
        item_spread=rng.uniform(0.4, 3.0),
        skill_difficulty_spread=rng.uniform(0.1, 2.0),
        discrimination_spread=sometimes(rng, 0.6, 0.0, 0.6),
        rise=rng.normal(0.2, 1.1),
        rise_within=rng.normal(0.0, 0.6),
        guess=sometimes(rng, 0.5, 0.0, 0.3),
        slip=sometimes(rng, 0.6, 0.0, 0.12),
        shuffled=float(rng.choice([0.0, rng.uniform(0.0, 0.3), 1.0])),
        drawn=bool(rng.random() < 0.5),
        blocked=bool(rng.random() < 0.5),
        roam=sometimes(rng, 0.4, 0.0, 0.5),
        set_share=float(rng.choice([1.0, rng.uniform(0.05, 1.0)])),
        mastery=int(rng.choice([0, 0, 0, 2, 3, 3, 5])),
        switch=sometimes(rng, 0.5, 0.0, 0.9) ** 2,
        skip=sometimes(rng, 0.5, 0.0, 0.4),
        late=sometimes(rng, 0.5, 0.0, 0.5),
        selection=rng.normal(0.0, 0.25),
        second_pass=sometimes(rng, 0.15, 0.2, 1.0),
        retry=sometimes(rng, 0.4, 0.1, 0.95),
        retry_spread=rng.uniform(0.1, 1.5),
        tries=int(rng.choice([2, 3, 5, 20])),
        retry_gain=rng.uniform(0.0, 1.3) + sometimes(rng, 0.2, 0.0, 3.0),
        stick=sometimes(rng, 0.6, 0.0, 1.5),
        redo=sometimes(rng, 0.15, 0.0, 0.3),
        recall=rng.uniform(0.0, 5.0),
        review=sometimes(rng, 0.2, 0.0, 0.3),
        echo=0.0,
        changes_only=False,
        coarse=int(rng.choice([1, 1, 1, 2, 4, 10])),
        several=sometimes(rng, 0.35, 0.0, 0.8),
        needed=rng.uniform(0.0, 1.0),
        untagged=float(rng.choice([0.0, rng.uniform(0.0, 0.3), 1.0], p=[0.7, 0.15, 0.15])),
        mistagged=sometimes(rng, 0.4, 0.0, 0.2),
        anonymous=bool(rng.random() < 0.12),
        has_times=bool(rng.random() < 0.55),
        has_attempts=bool(rng.random() < 0.7),
        hints=sometimes(rng, 0.4, 0.05, 0.6),
        hint_is_wrong=bool(rng.random() < 0.5),
        partial=sometimes(rng, 0.2, 0.1, 0.9),
        pace=rng.uniform(2.5, 4.8),
        pauses=log_uniform(rng, 0.005, 0.15),
        away=log_uniform(rng, 0.3, 8.0),
        speed=rng.uniform(0.0, 0.3),
    )
