"""Who answers while there is no champion that loads: the model that ships, or the prior where that does not load."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from serving.errors import StoreError
from serving.tutor import Tutor

if TYPE_CHECKING:
    from serving.engine import Engine


class Shipped:
    """Gives the shipped model's engine; it is loaded when it is first asked for. Threads share it.

    `load` makes its engine, `otherwise` gives the prior's. A model that did not load once is not tried again in this
    process, because the package does not change under it; a store that did not open is.
    """

    def __init__(self, *, load: Callable[[], Engine], otherwise: Callable[[], Tutor]) -> None:
        self._load = load
        self._otherwise = otherwise
        self._loading = threading.Lock()
        self._engine: Engine | None = None
        self.error = ""
        """Why it does not serve; empty while nobody has asked for it."""

    def __call__(self) -> Tutor:
        """The engine. Raises StoreError while the store does not open."""
        if self._engine is None and not self.error:
            with self._loading:
                if self._engine is None and not self.error:
                    try:
                        self._engine = self._load()
                    except StoreError:
                        raise
                    except Exception as error:  # whatever it is, the prior can answer
                        self.error = f"The shipped model does not load: {error or type(error).__name__}"
        return self._engine or self._otherwise()

    @property
    def name(self) -> str | None:
        """The shipped version's name; None when it does not load. Loads it."""
        with suppress(StoreError):
            self()
        return self._engine.model.name if self._engine else None
