from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

COURSE = "course-v1:river+FDP+2026"
SKILLS = (
    "skill,title,prerequisites,position\n"
    "parts,Parts of a whole,,1\n"
    "equal,Equal fractions,parts,2\n"
    "add,Adding,parts;equal,3\n"
)
ITEMS = (
    "item,title,skills,unit,url,minutes,hints,position\n"
    "p1,Half a cake,parts,Week 1,/p1,1.5,2,1\n"
    "p2,Two names,equal;parts,Week 1,/p2,2,1,2\n"
    "p3,A sum,add,Week 2,/p3,3,0,3\n"
    "p4,Untagged,,Week 2,/p4,2,0,4\n"
)
PAGES = "title,url,skills,minutes\nReading a fraction,/read/1,parts,3\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def _write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def tables(write: Callable[[str, str], Path]) -> dict[str, Path]:
    return {
        "skills": write("skills.csv", SKILLS),
        "items": write("items.csv", ITEMS),
        "pages": write("pages.csv", PAGES),
    }
