"""Who runs a command, and why: the arguments that all commands of the registry share."""

from __future__ import annotations

import getpass

from django.core.management.base import CommandParser


def add_who(parser: CommandParser, *, reason_required: bool = False) -> None:
    """Add `--by` and `--reason`; both are kept in the log."""
    parser.add_argument("--by", default=_login(), help="name for the log; your login by default")
    parser.add_argument("--reason", required=reason_required, default="", help="why, for the log")


def _login() -> str:
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"
