"""A browser for the tests that need one: they name the fixture, so that the others do without."""

from tests.tutoring.conftest import chromium  # noqa: F401
