"""What training refuses, in words that say what to do."""

from __future__ import annotations


class TrainingError(Exception):
    """A run that cannot go on; the message is for the operator."""


class NotEnoughData(TrainingError):
    """Nothing is broken: there is only too little to learn from yet."""
