"""How long a learner waits for feedback, in a real browser: writes bench/results/feedback.json.

    python -m bench.feedback [--answers 60]

The demo platform with its simulated class, in a data folder of this run's own, the model that ships, and Chromium on a
problem's page, signed in as a learner. Each answer, right and wrong in turns, is given with the platform's own button.
Timed in the page: from the platform's answer, which the page is told of, until the browser has drawn the feedback's
words; asking, the server's work and drawing lie in between, the network does not. The processor's time of the server
stands beside it, since a busy machine makes all others longer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import numpy as np

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = Path(__file__).resolve().parent / "results" / "feedback.json"
COMMAND: Final = "python -m bench.feedback"
MARK: Final = 150.0
"""Milliseconds until the words are drawn, at the median and at the 95th percentile."""
WATCH: Final = """
document.addEventListener("metaedu:answered", () => {
  const began = performance.now();
  const before = document.querySelector(".me-feedback-head");
  window.metaeduDrawn = new Promise((drawn) => {
    new MutationObserver((_, watcher) => {
      const words = document.querySelector(".me-feedback-head");
      if (!words || words === before) return;
      watcher.disconnect();
      // The frame after the one that the words are in begins when they are drawn.
      requestAnimationFrame(() => requestAnimationFrame(() => drawn(performance.now() - began)));
    }).observe(document.body, { childList: true, subtree: true });
  });
}, true);
"""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=60)
    options = parser.parse_args()
    machine = f"{os.cpu_count()} {platform.machine()} cores, load {os.getloadavg()[0]:.1f} before"
    with tempfile.TemporaryDirectory() as folder:
        taken, spent = measure(Path(folder), options.answers)
    told = [
        ("from the platform's answer to the words on the screen, median", float(np.median(taken)), MARK),
        ("from the platform's answer to the words on the screen, p95", float(np.percentile(taken, 95)), MARK),
        ("processor time of the server for an answer and its feedback, mean", spent, None),
    ]
    RESULTS.write_text(
        json.dumps(
            [
                {
                    "figure": figure,
                    "value": round(value, 1),
                    "unit": "ms",
                    "mark": mark,
                    "met": None if mark is None else value <= mark,
                    "compared_to": None,
                    "command": f"{COMMAND} ({len(taken)} answers, Chromium, SQLite)",
                    "measured_on": machine,
                }
                for figure, value, mark in told
            ],
            indent=2,
        )
        + "\n"
    )
    for figure, value, _ in told:
        print(f"{figure:70} {value:8.1f} ms")


def measure(folder: Path, answers: int) -> tuple[list[float], float]:
    """Milliseconds of each answer, and the server's processor time of one in milliseconds."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from deploy.demo import content  # noqa: PLC0415

    course = content.course()
    problems = [
        problem for _, problem in course.problems() if len(problem.part) == 1 and problem.part[0].kind == "choice"
    ]
    taken: list[float] = []
    with served(folder) as (address, server), sync_playwright() as playwright:
        chromium = os.environ.get("METAEDU_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{address}/login/")
        page.locator("form:has(input[value=learner]) button").first.click()
        page.wait_for_load_state("networkidle")
        spent = -1.0
        for number, problem in zip(range(-1, answers), cycle(problems), strict=False):
            page.goto(f"{address}/courses/{course.key}/problem/{problem.id}/")
            page.wait_for_load_state("networkidle")
            answer(page, problem, right=number % 2 == 0)
            before = processor(server)
            page.locator("[data-check]").click()
            page.locator(".me-feedback-head").wait_for()
            waited = float(page.evaluate("window.metaeduDrawn"))
            # What a process loads with its first answer is none of this.
            if number >= 0:
                taken.append(waited)
                spent = max(spent, 0.0) + processor(server) - before
        browser.close()
    return taken, 1000 * spent / len(taken)


def answer(page: Any, problem: Any, *, right: bool) -> None:
    """Choose an option."""
    ((name, part),) = problem.inputs()
    place = part.options.index(part.answer[0])
    chosen = place if right else (place + 1) % len(part.options)
    page.check(f"input[name='{name}'][value='choice_{chosen}']", force=True)


def processor(server: int) -> float:
    """Seconds of processor time that a process and its children have used."""
    import psutil  # noqa: PLC0415

    there = psutil.Process(server)
    return sum(sum(each.cpu_times()[:2]) for each in [there, *there.children(recursive=True)])


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """The demo platform: its address, and the server's process."""
    from deploy.demo.run import free_port, wait_until_ready  # noqa: PLC0415

    environment = {
        **os.environ,
        "METAEDU_DATA_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "deploy.demo.settings",
    }
    for command in (["migrate", "--verbosity", "0"], ["demo_setup"], ["demo_simulate", "--learners", "200"]):
        subprocess.run([sys.executable, "manage.py", *command], env=environment, cwd=ROOT, check=True)
    port = free_port()
    granian = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
    command = [*granian, "--port", str(port), "deploy.demo.wsgi:application"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
