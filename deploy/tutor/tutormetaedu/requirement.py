"""`METAEDU_PACKAGE` with the extras that an image needs."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from tutor.exceptions import TutorError


def requirement(package: str, *extras: str) -> str:
    """What pip is asked for: `metaedu==1.0` and "lms" make `metaedu[lms]==1.0`; a bare address gets the name.

    Raises TutorError for what pip would not understand.
    """
    text = str(package).strip()
    try:
        found = Requirement(f"metaedu @ {text}" if "://" in text.partition("@ ")[0] else text)
    except InvalidRequirement as error:
        raise TutorError(
            f"METAEDU_PACKAGE is {text!r}, which pip does not understand ({error}). Give a requirement, as in"
            " metaedu==0.1.0, or the address of a wheel or of a repository, as in git+https://host/owner/metaedu@v0.1.0."
        ) from error
    found.extras.update(extras)
    return str(found)
