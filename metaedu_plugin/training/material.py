"""What a run trains on and is measured by, and whether that is enough."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from metaedu_plugin.training import dataset, sources, splits
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.errors import NotEnoughData
from metaedu_plugin.training.options import Options
from metaedu_plugin.training.recipe import UNSEEN_SEED, validation
from metaedu_plugin.training.simulator import simulate_courses

_TOLD = 3
"""Courses that a refusal names at most."""


@dataclass(frozen=True)
class Material:
    """All courses of a run. `known` and `held_out` are the same courses, in the same order, with other learners."""

    known: list[CourseData]
    """Captured courses with all their training learners: what the course state is made of."""
    held_out: list[CourseData]
    """The same courses with the learners that no version is trained on."""
    unseen: list[CourseData]
    """Courses that this run does not train on: captured ones that were kept away, and simulated ones."""
    simulated: list[CourseData]
    elsewhere: list[tuple[CourseData, CourseData]] = field(default_factory=list)
    """Captured courses that the run does not train on but a champion serves: training and held-out learners."""
    warnings: list[str] = field(default_factory=list)
    source: str = sources.OWN
    """Where the captured courses' answers come from."""

    @property
    def training(self) -> list[CourseData]:
        """What the network is fitted to."""
        return [splits.for_adjustment(course)[0] for course in self.known] + self.simulated

    @property
    def validation(self) -> list[CourseData]:
        """What decides between epochs and between options: other training learners, and other simulated courses."""
        measured = [splits.for_adjustment(course)[1] for course in self.known]
        measured = [course for course in measured if course.sequences]
        if self.simulated:
            measured += validation()
        return measured or self.training

    def facts(self) -> dict[str, Any]:
        """What the material is, for the bundle's manifest and its card."""
        return {
            "courses": [course.key for course in self.known],
            "learners": len({s.learner for c in self.known for s in c.sequences}),
            "responses": sum(c.responses for c in self.known),
            "held_out_learners": len({s.learner for c in self.held_out for s in c.sequences}),
            "held_out_responses": sum(c.responses for c in self.held_out),
            "unseen_courses": [course.key for course in self.unseen if course.origin == "captured"],
            "simulated_courses": len(self.simulated),
            "simulated_unseen_courses": sum(c.origin == "simulated" for c in self.unseen),
            "source": self.source,
            "fingerprint": _fingerprint(self.known),
            "warnings": self.warnings,
        }


def gather(options: Options) -> Material:
    """Load and simulate what the options ask for.

    Raises:
        NotEnoughData: there is nothing to learn from or nothing to be measured by; the message says what is missing.

    """
    captured = dataset.load(source=options.source)
    source = sources.told(options.source)
    _must_be_there(captured, [*options.courses, *options.unseen], source)
    chosen = [c for c in captured if not options.courses or c.key in options.courses]
    chosen, left_out = splits.by_course(chosen, options.unseen)
    left_out += [c for c in captured if c.key in options.unseen and c not in left_out]
    usable, warnings = _usable(chosen)
    sides = [splits.by_learner(course) for course in usable]
    material = Material(
        known=[known for known, _ in sides],
        held_out=[held_out for _, held_out in sides],
        unseen=[
            *left_out,
            *(replace(c, key=f"unseen-{c.key}") for c in simulate_courses(options.simulated_unseen, UNSEEN_SEED)),
        ],
        simulated=list(simulate_courses(options.simulated, options.seed)),
        elsewhere=[splits.by_learner(course) for course in captured if course not in chosen],
        warnings=warnings,
        source=source,
    )
    _must_be_measurable(material)
    return material


def _must_be_there(captured: Sequence[CourseData], wanted: Sequence[str], source: str) -> None:
    if not captured and source == sources.ASPECTS:
        raise NotEnoughData(
            "Aspects holds no answers yet. Check that event-routing-backends sends its statements there, or train on"
            " the own tables with --source own."
        )
    if not captured:
        raise NotEnoughData(
            "There are no responses yet. They are captured while the capture switch is on; earlier ones are"
            " imported with: manage.py metaedu_import FILE."
        )
    present = [course.key for course in captured]
    missing = [key for key in wanted if key not in present]
    if missing:
        raise NotEnoughData(
            f"There are no responses in {', '.join(missing)}. There are in: {', '.join(present)}. Name one of these,"
            " or import responses first with: manage.py metaedu_import FILE."
        )


def _usable(courses: Sequence[CourseData]) -> tuple[list[CourseData], list[str]]:
    usable, warnings = [], []
    for course in courses:
        if len(course.sequences) < 2:
            warnings.append(f"{course.key} was left out: it has one learner only, and nobody to compare them with.")
            continue
        known = splits.by_learner(course)[0].sequences
        right = float(np.concatenate([s.correct for s in known]).mean()) if known else 0.5
        if right in (0.0, 1.0):
            warnings.append(
                f"{course.key} was left out: all responses of its training learners are"
                f" {'right' if right else 'wrong'}, and what never varies teaches nothing. Check how it is graded."
            )
            continue
        usable.append(course)
    if not usable:
        raise NotEnoughData(_nothing_usable(warnings))
    return usable, warnings


def _nothing_usable(warnings: Sequence[str]) -> str:
    more = [f"So it is with {len(warnings) - _TOLD} more."] if len(warnings) > _TOLD else []
    advice = (
        "It takes right and wrong answers of two learners at least, and some twenty before the result means anything."
    )
    return " ".join(["There is no course to train on.", *warnings[:_TOLD], *more, advice])


def _must_be_measurable(material: Material) -> None:
    known = [s for c in material.known for s in c.sequences]
    asked = [s for c in material.held_out for s in c.sequences]
    if not known or not asked:
        side = "training" if not known else "held-out"
        raise NotEnoughData(
            f"There are {len(known) + len(asked)} learners and none of them falls on the {side} side: every fifth"
            " learner, chosen at random for good, is never trained on. Train again when more learners have answered."
        )
    outcomes = np.concatenate([s.correct for s in asked])
    if outcomes.min() == outcomes.max():
        raise NotEnoughData(
            f"All {len(outcomes)} responses of held-out learners are {'right' if outcomes[0] else 'wrong'}. What"
            " never varies cannot be predicted better or worse: train again when there is more, and check the grading."
        )


def _fingerprint(courses: Sequence[CourseData]) -> str:
    digest = hashlib.sha256()
    for course in courses:
        digest.update(course.key.encode())
        for s in course.sequences:
            digest.update(s.learner.encode())
            digest.update(np.ascontiguousarray(s.item).tobytes())
            digest.update(np.ascontiguousarray(s.correct).tobytes())
    return digest.hexdigest()[:16]
