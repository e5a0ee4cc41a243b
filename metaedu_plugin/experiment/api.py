"""What the other apps use of experiments, and nothing else of it."""

from metaedu_plugin.experiment.data import Difference, ExperimentError, ExperimentInfo, Group, LookInfo
from metaedu_plugin.experiment.groups import GROUPS, ORDER, SUGGESTIONS
from metaedu_plugin.experiment.looks import look, looks, refresh, request_look
from metaedu_plugin.experiment.planning import learners as planned_learners
from metaedu_plugin.experiment.rows import LearnerCounts, learner_counts
from metaedu_plugin.experiment.running import (
    begin,
    departures,
    end,
    follows_order,
    history,
    latest,
    leave,
    running,
    takes_part,
)

__all__ = [
    "GROUPS",
    "ORDER",
    "SUGGESTIONS",
    "Difference",
    "ExperimentError",
    "ExperimentInfo",
    "Group",
    "LearnerCounts",
    "LookInfo",
    "begin",
    "departures",
    "end",
    "follows_order",
    "history",
    "latest",
    "learner_counts",
    "leave",
    "look",
    "looks",
    "planned_learners",
    "refresh",
    "request_look",
    "running",
    "takes_part",
]
