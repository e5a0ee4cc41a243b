"""Removed as the documentation says: the database is left without a trace."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_table_is_left(tmp_path: Path) -> None:
    texts = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("install_native.md", "install_tutor.md")]
    orders = {
        each for text in texts for each in re.findall(r"for app in ([\w ]+); do .* metaedu_\$app zero; done", text)
    }
    (order,) = orders
    environment = os.environ | {"METAEDU_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "deploy.demo.settings"}
    environment.pop("METAEDU_DATABASE", None)

    def manage(*arguments: str) -> None:
        subprocess.run([sys.executable, "manage.py", *arguments, "-v0"], cwd=ROOT, env=environment, check=True)

    def tables() -> set[str]:
        with sqlite3.connect(tmp_path / "platform.sqlite3") as database:
            found = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'metaedu%'").fetchall()
        return {name for (name,) in found}

    manage("migrate")
    assert tables()
    for app in order.split():
        manage("migrate", f"metaedu_{app}", "zero")
    assert not tables()
