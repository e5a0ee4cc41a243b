"""What the registry refuses, in words that say what to do."""

from __future__ import annotations


class RegistryError(Exception):
    """A request that the registry cannot follow; the message is for the operator."""
