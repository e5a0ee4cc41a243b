"""Filters for the course's texts."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from deploy.demo import markup

register = template.Library()


@register.filter
def blocks(text: str) -> SafeString:
    """Course text to paragraphs, lists and drawings."""
    return markup.blocks(text)


@register.filter
def inline(text: str) -> SafeString:
    """Course text to one line."""
    return markup.inline(text)
