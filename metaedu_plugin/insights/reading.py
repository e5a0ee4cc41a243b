"""All responses of a course as columns, as they are now: read anew, or a file brought up to date."""

from __future__ import annotations

import logging

from metaedu_plugin.capture import api as capture
from metaedu_plugin.insights import files
from metaedu_plugin.insights.columns import Columns

log = logging.getLogger(__name__)


def anew(*, course: str) -> Columns:
    """Read every row."""
    columns = Columns()
    columns.add(capture.course_rows(course=course))
    return columns


def kept(*, course: str) -> Columns:
    """Read what the file has not, and keep it there. Where the folder cannot be used, every row is read each time."""
    try:
        with files.alone(course):
            mark = files.forgotten(course)
            columns = files.load(course) or Columns()
            before = (columns.newest, len(columns), columns.ids)
            bring_up_to_date(columns, course=course)
            if (columns.newest, len(columns), columns.ids) != before:
                files.save(course, columns, mark=mark)
            return columns
    except OSError as error:
        log.warning(
            "insights: METAEDU_DATA_DIR/insights cannot be used, so all answers of a course are read at each refresh."
            " Check the folder's rights and the disk: %s",
            error,
        )
        return anew(course=course)


def bring_up_to_date(columns: Columns, *, course: str) -> None:
    """Take in newer rows; and the rows of those learners anew of whom others count now than before.

    That is so after a reset, a rescore, a retirement, and where a row was committed later than one of a higher id.
    """
    columns.add(capture.course_rows(course=course, after=columns.newest))
    now = capture.course_span(course=course, until=columns.newest)
    if (now.responses, now.ids) == (len(columns), columns.ids):
        return
    ours, theirs = columns.learner_spans(), capture.learner_spans(course=course, until=columns.newest)
    changed = [one for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)]
    columns.drop(changed)
    columns.add(capture.course_rows(course=course, learners=changed))
    columns.tidy()
