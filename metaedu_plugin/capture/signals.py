"""What capture tells the apps above it, always after the rows are committed."""

from django.dispatch import Signal

responses_captured = Signal()
"""kwargs: `responses`, a list of `Captured`; new rows only."""

item_skills_found = Signal()
"""kwargs: `course: str`, `item_skills: dict[str, tuple[str, ...]]`: what an imported file says of its items."""
