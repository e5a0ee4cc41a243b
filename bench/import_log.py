"""How fast a tracking log goes in, in how much memory, and that the second time changes nothing.

    python -m bench.import_log [--lines 1000000]

Makes a log (the same on every machine), imports it twice with `manage.py metaedu_import` into a fresh SQLite
database, and writes bench/results/import_log.json. Imports run in processes of their own, as an operator starts them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results" / "import_log.json"
COURSE = "course-v1:Bench+LOG1+2026"
LEARNERS, PROBLEMS = 5000, 400
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOISE = ("play_video", "pause_video", "seek_video", "page_close", "edx.ui.lms.sequence.next_selected")
PREFIX = "2026-01-05 08:00:00,000 INFO 20 [tracking] [user 1] [ip 203.0.113.9] logger.py:41 - "


def log_lines(count: int) -> Iterator[str]:
    """As in a real log: of a hundred lines 12 graded submissions, each with its two look-alikes, and 6 hints."""
    chance = random.Random(20260105)
    attempts: dict[tuple[int, int], int] = {}
    written = 0
    for step in range(count):
        user, number = chance.randrange(1, LEARNERS), chance.randrange(PROBLEMS)
        moment = START + timedelta(milliseconds=250 * step)
        draw = chance.random()
        if draw < 0.158:
            attempts[user, number] = attempt = attempts.get((user, number), 0) + 1
            events = _submission(user, number, attempt, moment, chance)
        elif draw < 0.237:
            name = chance.choice(("showanswer", "edx.problem.hint.demandhint_displayed"))
            events = [_event(name, user, number, moment, {"problem_id": _block(number), "module_id": _block(number)})]
        else:
            name = chance.choice(NOISE)
            events = [
                _event(name, user, number, moment, json.dumps({"id": "v" * 300, "currentTime": 12.5}), source="browser")
            ]
        for event in events:
            yield PREFIX + json.dumps(event) + "\n"
            written += 1
            if written == count:
                return


def _block(number: int) -> str:
    return f"block-v1:Bench+LOG1+2026+type@problem+block@{number:032x}"


def _submission(user: int, number: int, attempt: int, moment: datetime, chance: random.Random) -> list[dict[str, Any]]:
    inputs = [f"{number:032x}_{part}_1" for part in range(2, 3 + number % 3)]
    right = {name: chance.random() < 0.6 for name in inputs}
    empty = {"npoints": None, "msg": "", "hint": "", "hintmode": None, "queuestate": None, "answervariable": None}
    data = {
        "state": {"seed": 1, "student_answers": {}, "correct_map": {}, "input_state": {name: {} for name in inputs}},
        "problem_id": _block(number),
        "answers": dict.fromkeys(inputs, "choice_1"),
        "grade": sum(right.values()),
        "max_grade": len(inputs),
        "correct_map": {name: {"correctness": "correct" if ok else "incorrect", **empty} for name, ok in right.items()},
        "success": "incorrect",
        "attempts": attempt,
        "submission": {
            name: {"question": "Which?", "answer": "this", "response_type": "multiplechoiceresponse", "correct": ok}
            for name, ok in right.items()
        },
    }
    path = f"/courses/{COURSE}/xblock/{_block(number)}/handler/xmodule_handler/problem_check"
    return [
        _event("problem_check", user, number, moment, f"input_{inputs[0]}=choice_1", source="browser"),
        _event(path, user, number, moment, json.dumps({"GET": {}, "POST": {}})),
        _event("problem_check", user, number, moment, data),
    ]


def _event(name: str, user: int, number: int, moment: datetime, data: Any, *, source: str = "server") -> dict[str, Any]:
    return {
        "name": name,
        "context": {
            "course_id": COURSE,
            "user_id": user,
            "path": "/event",
            "org_id": "Bench",
            "module": {"display_name": "Problem", "usage_key": _block(number)},
        },
        "username": f"learner-{user}",
        "session": f"{user:032x}",
        "ip": "203.0.113.9",
        "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "host": "lms.example.org",
        "referer": f"https://lms.example.org/xblock/{_block(number)}?view=student_view",
        "accept_language": "en",
        "event": data,
        "time": moment.isoformat(),
        "event_type": name,
        "event_source": source,
        "page": None,
    }


def manage(folder: Path, settings: str, *arguments: str) -> tuple[str, float, float]:
    """Output, wall seconds and peak MB of a management command in a process of its own."""
    environment = {
        **os.environ,
        "METAEDU_DATA_DIR": str(folder),
        "METAEDU_DATABASE": "",
        "DJANGO_SETTINGS_MODULE": settings,
    }
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"manage.py {' '.join(arguments)} failed")
    peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return output, time.perf_counter() - begun, peak


def counts_of(output: str) -> dict[str, int]:
    """The command's summary table."""
    rows = (line.rsplit(maxsplit=1) for line in output.splitlines() if line.strip())
    return {name.strip(): int(count.replace(",", "")) for name, count in rows}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--settings", default="deploy.demo.worker", help="Django settings; default: the whole plugin")
    options = parser.parse_args()
    lines, settings = options.lines, options.settings
    with tempfile.TemporaryDirectory(prefix="metaedu-bench-") as name:
        folder = Path(name)
        log = folder / "tracking.log"
        with log.open("w") as file:
            file.writelines(log_lines(lines))
        manage(folder, settings, "migrate", "-v", "0")
        output, seconds, peak = manage(folder, settings, "metaedu_import", str(log))
        again, seconds_again, peak_again = manage(folder, settings, "metaedu_import", str(log))
        size = log.stat().st_size
    first, second = counts_of(output), counts_of(again)
    print(output, again, sep="\n")
    new = second["responses"] + second["activities"]
    figures = [
        ("lines a second, first import", lines / seconds, "1/s", None, None),
        ("lines a second, second import", lines / seconds_again, "1/s", None, None),
        ("responses a second, first import", first["responses"] / seconds, "1/s", None, None),
        ("peak memory", max(peak, peak_again), "MB", "< 500", max(peak, peak_again) < 500),
        ("rows made by the second import", new, "rows", "= 0", new == 0),
        ("dead letters", first["dead letters"], "rows", "= 0", first["dead letters"] == 0),
        ("lines", lines, "lines", None, None),
        ("size of the log", size / 1e6, "MB", None, None),
    ]
    command = f"python -m bench.import_log --lines {lines} --settings {settings}"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite"
    report = [
        {
            "figure": figure,
            "value": round(value, 1),
            "unit": unit,
            "mark": mark,
            "met": met,
            "compared_to": None,
            "command": command,
            "measured_on": machine,
        }
        for figure, value, unit, mark, met in figures
    ]
    for figure, value, unit, mark, met in figures:
        verdict = "" if met is None else f"{mark}: {'met' if met else 'not met'}"
        print(f"{figure:<36}{value:>14,.1f} {unit:<6} {verdict}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
