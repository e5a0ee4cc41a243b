"""What a simulated learner knows: a logit per skill that grows with practice and with reading.

An item response model with guessing and slipping on top of it (Birnbaum's three parameters and a ceiling);
growth per try as in additive factor models (Cen, Koedinger and Junker, 2006).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

from deploy.demo.content import Course, Part, Problem, Unit

SLIP = 0.05
HINT_HELPS = 0.5
SECOND_LOOK_HELPS = 0.6
READING_HELPS = 0.45
PREREQUISITE_PULL = 0.35
HARD_SKILL = 0.9
"""By how much the skill that is hard on purpose lies above the others."""
HARD_SKILL_GROWTH = 0.15
"""And how much of the usual gain a try brings there."""
DIFFICULTY_COUNTS = 0.5
"""Problems get harder within a unit; at half their weight, practice still shows in the class's curves."""
GUESS = {"choice": 0.22, "dropdown": 0.26, "checkboxes": 0.05, "numeric": 0.02}


@dataclass
class Mind:
    """One learner."""

    random: Random
    ability: float
    pace: float
    """Seconds taken relative to the class."""
    growth: float
    """Logit gained by one try."""
    care: float
    """Inclination to read, to use hints and to try again, 0 to 1."""
    known: dict[str, float] = field(default_factory=dict)

    @classmethod
    def born(cls, random: Random, course: Course, *, ability: float | None = None) -> Mind:
        """A learner of the class; what they know of a skill leans on what they know of those before it."""
        mind = cls(
            random=random,
            ability=random.gauss(0.35, 1.15) if ability is None else ability,
            pace=math.exp(random.gauss(0, 0.35)),
            growth=max(0.05, random.gauss(0.28, 0.09)),
            care=random.betavariate(2, 2),
        )
        for unit in course.units:
            own = mind.ability + random.gauss(0, 0.4) - HARD_SKILL * unit.hard_for_demo
            before = [mind.known[key] for key in unit.prerequisites]
            lean = PREREQUISITE_PULL * (sum(before) / len(before) - mind.ability) if before else 0.0
            mind.known[unit.key] = own + lean
        return mind

    def solves(self, unit: Unit, problem: Problem, part: Part, *, hints: int, tries: int) -> bool:
        """Whether the learner arrives at the true answer this time."""
        logit = (
            self.known[unit.key]
            - DIFFICULTY_COUNTS * problem.difficulty
            + HINT_HELPS * hints
            + SECOND_LOOK_HELPS * tries
        )
        # Who does not know makes the mistake that the wrong key makes: nobody comes to the truth by chance.
        guess = 0.0 if problem.faulty_for_demo else GUESS[part.kind]
        chance = guess + (1 - guess - SLIP) / (1 + math.exp(-logit))
        return self.random.random() < chance

    def practise(self, unit: Unit) -> None:
        """One try teaches a little, and less the more is known."""
        known = self.known[unit.key]
        gain = self.growth * (HARD_SKILL_GROWTH if unit.hard_for_demo else 1.0)
        self.known[unit.key] = known + gain * min(1.0, math.exp(-(known - 1.5) / 2))

    def read(self, unit: Unit) -> None:
        """Reading the page teaches more than one try."""
        self.known[unit.key] += READING_HELPS * (0.5 + self.care)
