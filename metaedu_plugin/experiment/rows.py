"""What was compared, one line for each learner: for who wants to compare it in their own way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from metaedu_plugin.experiment import running
from metaedu_plugin.experiment.data import ExperimentInfo
from metaedu_plugin.experiment.firsts import first_attempts


class LearnerCounts(NamedTuple):
    """First attempts of one learner."""

    learner: str
    """Pseudonym."""
    group: str
    before: int
    before_right: int
    new: int
    """At items not seen before the experiment began, since then."""
    new_right: int


def learner_counts(*, experiment: ExperimentInfo) -> Iterator[LearnerCounts]:
    """Everybody who is part of it and has answered, in the order of pseudonyms. Reads the whole course at once."""
    firsts = first_attempts(experiment=experiment, without=running.gone(experiment=experiment))
    many = len(firsts.learners)
    counts = (*firsts.before.counts(many), *firsts.after.counts(many))
    for place in sorted(range(many), key=firsts.learners.__getitem__):
        learner = firsts.learners[place]
        yield LearnerCounts(learner, experiment.group(learner), *(int(each[place]) for each in counts))
