"""The three accounts that the demo shows on its login page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """A demo account; its password is meant to be read."""

    username: str
    password: str
    first_name: str
    last_name: str
    sees: str
    teaches: bool = False
    operates: bool = False


ACCOUNTS = (
    Account("learner", "learner", "Lea", "Learner", "The course, feedback after each answer, and a plan"),
    Account("instructor", "instructor", "Iris", "Instructor", "What the class needs, with the evidence", teaches=True),
    Account("operator", "operator", "Omar", "Operator", "Models, training and switches", teaches=True, operates=True),
)
