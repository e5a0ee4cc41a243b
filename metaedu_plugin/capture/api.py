"""What the other apps use of capture, and nothing else of it."""

from metaedu_plugin.capture.data import Captured, Counts, Letter, Status
from metaedu_plugin.capture.signals import item_skills_found, responses_captured

__all__ = ["Captured", "Counts", "Letter", "Status", "item_skills_found", "responses_captured"]
