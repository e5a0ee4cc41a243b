"""What can go wrong in a command of training, in one line that says what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError

from metaedu_plugin.training.errors import TrainingError, not_installed
from serving.errors import BundleError


@contextmanager
def told() -> Iterator[None]:
    """Turns what an operator can mend into a CommandError; what is left is a fault of ours, with its traceback."""
    try:
        yield
    except (TrainingError, BundleError) as error:
        raise CommandError(str(error)) from error
    except ImportError as error:
        raise CommandError(not_installed(error)) from error
    except (DatabaseError, InterfaceError) as error:
        raise CommandError(
            f"The database does not answer as it should: {str(error).strip()}. Check that it runs, that its disk has"
            " room and that manage.py migrate was run; then repeat the command."
        ) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "Make room and repeat the command" if full else "Check the folder and its rights"
        raise CommandError(f"{error.strerror or error} ({error.filename or 'METAEDU_DATA_DIR'}). {advice}.") from error
