"""Item, skill and learner statistics over columns: numpy alone."""

from metaedu_plugin.insights.statistics.answers import Answers
from metaedu_plugin.insights.statistics.intervals import Estimate
from metaedu_plugin.insights.statistics.items import ItemStatistics, item_statistics
from metaedu_plugin.insights.statistics.learners import LearnerStatistics, learner_statistics
from metaedu_plugin.insights.statistics.opportunities import Opportunities, opportunities
from metaedu_plugin.insights.statistics.skills import SkillStatistics, skill_statistics

__all__ = [
    "Answers",
    "Estimate",
    "ItemStatistics",
    "LearnerStatistics",
    "Opportunities",
    "SkillStatistics",
    "item_statistics",
    "learner_statistics",
    "opportunities",
    "skill_statistics",
]
