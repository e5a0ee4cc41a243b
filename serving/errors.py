"""What can go wrong in serving, one class per kind, each with a message that says what to do."""

from __future__ import annotations


class ServingError(Exception):
    """Base of everything that serving raises on purpose."""


class BundleError(ServingError):
    """A bundle that must not serve, or that could not be written."""


class ModelError(ServingError):
    """A model that answered with something that is no answer."""


class StoreError(ServingError):
    """The store of learner states cannot be reached, or did not take a write."""


class ServingUnavailable(ServingError):
    """The serving process gave no good answer in time."""
