"""Prepared messages to learners: the instructor reads, changes and sends them; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from metaedu_plugin.insights import people
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.findings.learners import GONE_QUIET

MOST_ADDRESS = 1800
"""Characters of a mailto: address that every mail program takes."""
BATCH = 500


@dataclass(frozen=True)
class Draft:
    """A message to some learners of a course."""

    about: str
    """What it is about, for the instructor."""
    subject: str
    body: str
    addresses: tuple[str, ...]
    unreachable: int
    """How many of them the platform knows no address of."""
    links: tuple[str, ...]
    """mailto: addresses, several where the receivers do not fit into one. Receivers do not see each other."""


def to_affected(room: Classroom, finding: Finding, *, sender: str) -> Draft:
    """To those whom a finding is about."""
    reading = next((page for page in room.pages if finding.subject.key in page.skills), None)
    values = {"course": room.title, "skill": finding.subject.title, "sender": sender}
    if finding.reason == GONE_QUIET:
        subject = _("How are you getting on in %(course)s?") % values
        body = (
            _(
                "Hello,\n\nI noticed that you have not been in %(course)s for a while. Is there something in the way"
                " that I can help with? You can pick up where you left; one short exercise is enough to begin.\n\n"
                "Just answer this mail.\n\n%(sender)s"
            )
            % values
        )
    else:
        subject = _("A hand with “%(skill)s”") % values
        more = (
            _("\n\nThis explains it once more: %(title)s (%(url)s)")
            % {
                "title": reading.title,
                "url": absolute(reading.url),
            }
            if reading
            else ""
        )
        body = _(
            "Hello,\n\n“%(skill)s” in %(course)s is giving several of you a hard time, and that is normal."
            " What would help you most: an example, another explanation, a few minutes to talk?%(more)s\n\n"
            "Just answer this mail.\n\n%(sender)s"
        ) % {**values, "more": more}
    return draft([one.learner for one in finding.who], about=finding.title, subject=subject, body=body)


def to_some(room: Classroom, learners: Sequence[str], *, about: str, sender: str) -> Draft:
    """To any learners of the course, by pseudonym."""
    body = _("Hello,\n\n\n\n%(sender)s") % {"sender": sender}
    return draft(learners, about=about, subject=room.title, body=body)


def draft(learners: Sequence[str], *, about: str, subject: str, body: str) -> Draft:
    """The message with the addresses that the platform knows."""
    known = addresses(learners)
    return Draft(
        about=about,
        subject=subject,
        body=body,
        addresses=tuple(known),
        unreachable=len(set(learners)) - len(known),
        links=tuple(_links(known, subject, body)),
    )


def addresses(learners: Sequence[str]) -> list[str]:
    """E-mail addresses of the active platform users among them, in order of the alphabet."""
    # .. toggle_name: METAEDU_MESSAGE_ADDRESSES
    # .. toggle_implementation: DjangoSetting
    # .. toggle_default: True
    # .. toggle_description: Whether an instructor who writes to learners is shown their e-mail addresses. Without,
    #   the prepared text is there to copy, and the platform's own bulk e-mail sends it.
    # .. toggle_use_cases: opt_out
    # .. toggle_creation_date: 2026-11-26
    if not getattr(settings, "METAEDU_MESSAGE_ADDRESSES", True):
        return []
    ids = sorted(set(people.user_ids(pseudonyms=learners).values()))
    model = get_user_model()
    found: set[str] = set()
    for start in range(0, len(ids), BATCH):
        rows = model._default_manager.filter(pk__in=ids[start : start + BATCH], is_active=True)
        found.update(rows.values_list(model.get_email_field_name(), flat=True))
    return sorted(one for one in found if one and "@" in one)


def absolute(url: str) -> str:
    """An address that can be opened from a mail."""
    # .. setting_name: METAEDU_ROOT_URL
    # .. setting_default: ""
    # .. setting_description: Address of the site, for links in mails, where the platform has no LMS_ROOT_URL.
    root = str(getattr(settings, "LMS_ROOT_URL", "") or getattr(settings, "METAEDU_ROOT_URL", "") or "").rstrip("/")
    return root + url if url.startswith("/") else url


def _links(known: Sequence[str], subject: str, body: str) -> list[str]:
    text = f"subject={quote(subject)}&body={quote(body)}"
    if len(text) > MOST_ADDRESS // 2:
        text = f"subject={quote(subject)}"
    links: list[str] = []
    some: list[str] = []
    for one in known:
        if some and len(text) + sum(len(each) + 3 for each in [*some, quote(one)]) > MOST_ADDRESS:
            links.append(f"mailto:?bcc={','.join(some)}&{text}")
            some = []
        some.append(quote(one))
    return [*links, f"mailto:?bcc={','.join(some)}&{text}"] if some else links
