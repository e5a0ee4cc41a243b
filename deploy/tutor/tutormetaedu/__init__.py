"""metaedu as a plugin of Tutor."""

__version__ = "0.1.0"
