"""The course's few marks: **bold**, lists, {3/4} for fractions, [bar 3/4] and [grid 37] for drawings."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from deploy.demo.figures import FIGURES

FRACTION = re.compile(r"\{(\d+)/(\d+)\}")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
FIGURE = re.compile(r"^\[(\w+) ([\d/]+)\]$")
_FRACTION_HTML = (
    r'<span class="rv-frac" role="math" aria-label="\1/\2"><span aria-hidden="true">\1</span>'
    r'<span aria-hidden="true">\2</span></span>'
)


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """The text without marks, for places that take no HTML."""
    return BOLD.sub(r"\1", FRACTION.sub(r"\1/\2", text)).strip()


def inline(text: str) -> SafeString:
    """One line to HTML."""
    return mark_safe(BOLD.sub(r"<strong>\1</strong>", FRACTION.sub(_FRACTION_HTML, escape(text.strip()))))


def blocks(text: str) -> SafeString:
    """Paragraphs, lists and drawings to HTML; they are apart by an empty line, or by being of another kind."""
    html: list[str] = []
    words: list[str] = []
    points: list[str] = []

    def close() -> None:
        if words:
            html.append(f"<p>{inline(' '.join(words))}</p>")
        if points:
            html.append("<ul>" + "".join(f"<li>{inline(point)}</li>" for point in points) + "</ul>")
        words.clear()
        points.clear()

    for line in [*text.strip().splitlines(), ""]:
        figure = FIGURE.match(line.strip())
        if figure or not line.strip():
            close()
            if figure:
                html.append(FIGURES[figure[1]](figure[2]))
        elif line.startswith("- "):
            points.append(line[2:])
        elif points:
            points[-1] += f" {line}"
        else:
            words.append(line)
    return mark_safe("".join(html))
