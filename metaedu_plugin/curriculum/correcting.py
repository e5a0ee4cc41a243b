"""What those who teach correct by hand: items at fault, tags, links to read."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import writing
from metaedu_plugin.curriculum.data import ItemRow, PageRow
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.models import Course, FaultyItem, Item, Page


def mark_faulty(*, course: str, item: str, faulty: bool = True) -> None:
    """Say that an item is at fault, so that it is never suggested, or take that back; safe to repeat.

    The mark holds whatever is imported later. Raises CurriculumError for a course that nobody has heard of.
    """
    row = _course(course)
    with transaction.atomic():
        if faulty:
            FaultyItem.objects.get_or_create(course=row, key=item[:255])
        else:
            FaultyItem.objects.filter(course=row, key=item[:255]).delete()
        writing.touch(course_id=row.pk)


def faulty_items(*, course: str) -> frozenset[str]:
    """Keys of the items that were marked as faulty."""
    return frozenset(FaultyItem.objects.filter(course__key=course).values_list("key", flat=True))


def retag(*, course: str, item: str, skills: tuple[str, ...]) -> None:
    """Tag an item with these skills and no others; a part without an entry of its own is tagged with its problem.

    Raises CurriculumError, with nothing written, for an item or a skill that the course does not have.
    """
    row = _course(course)
    keys = set(Item.objects.filter(course=row, key__in=[item, capture.problem_of(item)]).values_list("key", flat=True))
    key = item if item in keys else capture.problem_of(item)
    if key not in keys:
        told = _("the course has no item '%(item)s': import its structure, or an items table")
        raise CurriculumError(told % {"item": item})
    writing.write(course=course, items=[ItemRow(key=key, skills=skills)])


def add_page(*, course: str, skill: str, url: str, title: str) -> None:
    """Something to read about a skill; an address that the course has already is about this skill, too.

    Raises CurriculumError for an address that is neither http(s) nor a path of the site, for an empty title and for a
    skill that the course does not have.
    """
    row = _course(course)
    url, title = url.strip(), title.strip()
    if not title:
        raise CurriculumError(_("the page needs a title: it is what learners see"))
    try:
        if not url.startswith("/") or url.startswith(("//", "/\\")):
            URLValidator(schemes=["http", "https"])(url)
    except ValidationError as error:
        told = _("the address must begin with https://, http:// or / (a page of this site)")
        raise CurriculumError(told) from error
    if len(url) > 500 or len(title) > 255:
        raise CurriculumError(_("the address has 500 characters at most, the title 255"))
    known = Page.objects.filter(course=row, url=url).first()
    about = tuple(one.key for one in known.skills.all()) if known else ()
    writing.write(course=course, pages=[PageRow(url=url, title=title, skills=tuple(dict.fromkeys((*about, skill))))])


def revision(*, course: str) -> int:
    """Grows with every change to the course's curriculum; 0 for a course that nobody has heard of."""
    return Course.objects.filter(key=course).values_list("revision", flat=True).first() or 0


def _course(key: str) -> Course:
    row = Course.objects.filter(key=key).first()
    if row is None:
        told = _("there is no course '%(course)s': import its structure, or an items table")
        raise CurriculumError(told % {"course": key})
    return row
