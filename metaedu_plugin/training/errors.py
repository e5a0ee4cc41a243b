"""What training refuses, in words that say what to do."""

from __future__ import annotations


class TrainingError(Exception):
    """A run that cannot go on; the message is for the operator."""


class NotEnoughData(TrainingError):
    """Nothing is broken: there is only too little to learn from yet."""


def not_installed(error: Exception) -> str:
    """What to do when the libraries of training cannot be imported."""
    return (
        f"Training's libraries cannot be loaded here ({type(error).__name__}: {error}). Install them where training"
        " runs, pip install 'metaedu[training]', restart the worker, and train again."
    )
