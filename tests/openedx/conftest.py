"""A browser for the tests that need one: they name the fixture, so that the others do without."""

from tests.tutoring.test_browser import chromium  # noqa: F401
