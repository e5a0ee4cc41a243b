"""What a learner did with an action: followed it, or said “not now”."""

from __future__ import annotations

from metaedu_plugin.tutoring import dismissed, offers, suggested, tracking


def acted(*, course: str, learner: str, did: str, token: str, place: str) -> None:
    """Take in `followed` or `dismissed`; a dismissal is remembered. Raises offers.NotOurs for a strange token."""
    offer = offers.read(token, course=course)
    if did == tracking.DISMISSED:
        dismissed.dismiss(offer, course=course, learner=learner)
    suggested.acted(did, offer, course=course, learner=learner)
    tracking.acted(did, offer, course=course, place=place)
