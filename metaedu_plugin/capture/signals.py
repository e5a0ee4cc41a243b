"""What capture tells the apps above it: news after the rows are committed, a retirement in its transaction."""

from django.dispatch import Signal

responses_captured = Signal()
"""kwargs: `responses`, a list of `Captured`; new rows only."""

responses_invalidated = Signal()
"""kwargs: `invalidated`, a list of `Invalidated`: responses told of before that no longer count. What replaces them
comes after, by `responses_captured`."""

item_skills_found = Signal()
"""kwargs: `course: str`, `item_skills: dict[str, tuple[str, ...]]`: what an imported file says of its items."""

learner_forgotten = Signal()
"""kwargs: `learner: str` (pseudonym), `user_id: int`, `username: str` (may be empty), `courses: dict[str, datetime]`:
where they had answered, and when the first of it was captured. A receiver deletes what its app keeps of the person,
safe to repeat, and raises when it cannot: then nothing is deleted, and the retirement is repeated."""
