"""What a learner was shown and what they did with it, as events of the platform: see docs/events.md."""

from __future__ import annotations

from typing import Final

from metaedu_plugin import tracking
from metaedu_plugin.tutoring import kept
from metaedu_plugin.tutoring.actions import NextAnswer
from metaedu_plugin.tutoring.answer import FeedbackAnswer
from metaedu_plugin.tutoring.guidance import PlanAnswer
from metaedu_plugin.tutoring.offers import Offer

ONCE: Final = 7 * 24 * 3600
"""Seconds in which the same thing is shown but once, however often a page asks."""
VISIT: Final = 15 * 60
"""Seconds in which a page that is changed and loaded again is still one visit."""
FOLLOWED: Final = "followed"
DISMISSED: Final = "dismissed"
_DONE: Final = {FOLLOWED: tracking.RECOMMENDATION_FOLLOWED, DISMISSED: tracking.RECOMMENDATION_DISMISSED}


def next_shown(following: NextAnswer, *, course: str, learner: str, place: str, attempt: str = "") -> None:
    """A next action was answered: once for each action after each attempt, wherever it was seen first."""
    action = following["action"]
    if action is None:
        return
    what = (action["kind"], action["reason"], action["item"], action["skill"])
    after = attempt or kept.newest(course=course, learner=learner)
    if tracking.first_time("next", course, learner, after, *what, seconds=ONCE):
        tracking.emit(
            name=tracking.RECOMMENDATION_SHOWN,
            course=course,
            data={
                "kind": action["kind"],
                "reason": action["reason"],
                "item": action["item"],
                "skill": action["skill"],
                "probability": action["probability"],
                "place": place,
                "model": following["model"],
                "source": following["source"],
            },
        )


def acted(did: str, offer: Offer, *, course: str, place: str) -> None:
    """The learner followed or dismissed what was offered."""
    tracking.emit(
        name=_DONE[did],
        course=course,
        data={
            "kind": offer.kind,
            "reason": offer.reason,
            "item": offer.item,
            "skill": offer.skill,
            "place": place,
            "model": offer.model,
            "source": offer.source,
        },
    )


def feedback_shown(answer: FeedbackAnswer, *, course: str, learner: str) -> None:
    """Feedback on an attempt was answered: once for each attempt; with it, its next action."""
    attempt = answer["attempt"]
    if tracking.first_time("feedback", course, learner, attempt, seconds=ONCE):
        tracking.emit(
            name=tracking.FEEDBACK_SHOWN,
            course=course,
            data={
                "kind": "feedback",
                "reason": _reason(answer),
                "item": answer["problem"],
                "skill": answer["skills"][0]["after"]["skill"] if answer["skills"] else None,
                "correct": answer["correct"],
                "parts": [{"item": part["item"], "reason": part["reason"]} for part in answer["parts"]],
                "reading": len(answer["help"]),
                "model": answer["model"],
                "source": answer["source"],
            },
        )
    next_shown(answer["next"], course=course, learner=learner, place="feedback", attempt=attempt)


def plan_viewed(plan: PlanAnswer, *, course: str, learner: str) -> None:
    """A plan was answered: once a visit for each date and number of minutes."""
    asked = (plan["until"].isoformat(), plan["minutes_a_day"])
    if tracking.first_time("plan", course, learner, *asked, seconds=VISIT):
        tracking.emit(
            name=tracking.PLAN_VIEWED,
            course=course,
            data={
                "kind": "plan",
                "reason": plan["reason"],
                "item": None,
                "skill": None,
                "until": asked[0],
                "minutes_a_day": asked[1],
                "days": len(plan["days"]),
                "steps": sum(len(day["steps"]) for day in plan["days"]),
                "left_out": plan["left_out"],
                "model": plan["model"],
                "source": plan["source"],
            },
        )


def _reason(answer: FeedbackAnswer) -> str:
    """Of what the answer talks about: what went wrong first, else the last part."""
    parts = answer["parts"]
    return next((part["reason"] for part in parts if not part["correct"]), parts[-1]["reason"])
