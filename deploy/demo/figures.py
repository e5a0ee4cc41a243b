"""Small drawings for texts: a bar in equal parts, and a square of a hundred."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

BAR_WIDTH = 320


def bar(value: str) -> SafeString:
    """`3/8`: a bar of eight parts, three of them coloured."""
    coloured, parts = (int(number) for number in value.split("/"))
    width = BAR_WIDTH / parts
    cells = format_html_join(
        "",
        '<rect x="{}" y="1" width="{}" height="34" class="{}"/>',
        ((f"{n * width + 1:.1f}", f"{width - 2:.1f}", "on" if n < coloured else "off") for n in range(parts)),
    )
    label = f"A bar of {parts} equal parts, {coloured} of them coloured"
    return format_html(
        '<svg class="rv-figure" viewBox="0 0 {} 36" role="img" aria-label="{}">{}</svg>', BAR_WIDTH, label, cells
    )


def grid(value: str) -> SafeString:
    """`37`: a square of ten rows of ten, 37 of them coloured."""
    coloured = int(value)
    cells = format_html_join(
        "",
        '<rect x="{}" y="{}" width="14" height="14" class="{}"/>',
        ((n % 10 * 16 + 1, n // 10 * 16 + 1, "on" if n < coloured else "off") for n in range(100)),
    )
    label = f"A square of 100 small squares, {coloured} of them coloured"
    return format_html(
        '<svg class="rv-figure rv-grid" viewBox="0 0 160 160" role="img" aria-label="{}">{}</svg>', label, cells
    )


FIGURES = {"bar": bar, "grid": grid}
