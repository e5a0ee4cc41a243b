"""What the registry tells others."""

from __future__ import annotations

from django.dispatch import Signal

promoted = Signal()
"""A version took the champion's place, by the gate, by hand or by a roll-back; after the commit.
`version` is its `VersionInfo`, `previous` the name of the version before it, or None."""

states_waiting = Signal()
"""Asked for the operator's page. Each receiver answers with a `Waiting`: learners' states that are to be corrected."""
