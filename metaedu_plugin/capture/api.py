"""What the other apps use of capture, and nothing else of it."""

from metaedu_plugin.capture.choices import Chosen, choose, chosen, left_alone, switched_off
from metaedu_plugin.capture.course import CourseRow, course_rows, course_size, course_span, learner_spans
from metaedu_plugin.capture.data import Captured, Counts, Invalidated, Letter, Loss, Status, problem_of
from metaedu_plugin.capture.dead import dead_letters, replay
from metaedu_plugin.capture.drain import drain
from metaedu_plugin.capture.export import Span, export, span
from metaedu_plugin.capture.importing import ImportFailed, import_file
from metaedu_plugin.capture.ingest import ingest
from metaedu_plugin.capture.outside import Outsider, outsiders
from metaedu_plugin.capture.reading import (
    courses,
    latest,
    learner_for,
    overtaken,
    responses,
    responses_of,
    status,
    user_ids,
)
from metaedu_plugin.capture.receive import receive
from metaedu_plugin.capture.retirement import NOBODY, forget, kept
from metaedu_plugin.capture.signals import (
    item_skills_found,
    learner_forgotten,
    responses_captured,
    responses_invalidated,
)
from metaedu_plugin.capture.switches import is_on, switch

__all__ = [
    "NOBODY",
    "Captured",
    "Chosen",
    "Counts",
    "CourseRow",
    "ImportFailed",
    "Invalidated",
    "Letter",
    "Loss",
    "Outsider",
    "Span",
    "Status",
    "choose",
    "chosen",
    "course_rows",
    "course_size",
    "course_span",
    "courses",
    "dead_letters",
    "drain",
    "export",
    "forget",
    "import_file",
    "ingest",
    "is_on",
    "item_skills_found",
    "kept",
    "latest",
    "learner_for",
    "learner_forgotten",
    "learner_spans",
    "left_alone",
    "outsiders",
    "overtaken",
    "problem_of",
    "receive",
    "replay",
    "responses",
    "responses_captured",
    "responses_invalidated",
    "responses_of",
    "span",
    "status",
    "switch",
    "switched_off",
    "user_ids",
]
