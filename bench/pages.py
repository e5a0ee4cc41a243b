"""Pages of a huge course: server time of each page and address, writes bench/results/pages.json.

    python -m bench.pages [--responses 1000000] [--learners 10000] [--times 40]

A class of a Rasch model in an SQLite file of its own, asked through Django's test client: what the server does, without
the network. *First* is the first request for that address; *then* the same again and again; *while answers come* has
a new answer captured before each time; *while read anew* has the class computed in the background all the time, which
a server does for a moment once in half a minute at most. A file that is streamed is timed until its first part. The
time that the processor spent on the requests stands beside, since a busy machine makes all others longer.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESULTS = Path(__file__).resolve().parent / "results" / "pages.json"
COMMAND = "python -m bench.pages"
COURSE: Final = "course-v1:bench+pages+run"
ITEMS, SKILLS, DAYS = 200, 25, 90
INSIGHTS, API = f"/metaedu/insights/{COURSE}/", f"/metaedu/api/v1/courses/{COURSE}/"
PAGES: Final = {
    "instructor's page": INSIGHTS,
    "class list": f"{INSIGHTS}learners/",
    "class list, page 100": f"{INSIGHTS}learners/?page=100&sort=success",
    "class list, searched": f"{INSIGHTS}learners/?q=boss",
    "course settings": f"{INSIGHTS}settings/",
    "what would happen if": f"{INSIGHTS}preview/",
    "is it right": f"{INSIGHTS}right/",
    "what comes first": f"{INSIGHTS}prerequisites/",
    "an item": f"{INSIGHTS}item/?item=item-001",
    "findings (API)": f"{API}insights/findings/",
    "items (API)": f"{API}insights/items/",
    "skills (API)": f"{API}insights/skills/",
    "mastery map (API)": f"{API}insights/mastery-map/",
    "is it right (API)": f"{API}insights/right/",
    "beside earlier runs (API)": f"{API}insights/runs/",
    "prerequisites (API)": f"{API}insights/prerequisites/",
    "data as files": f"{INSIGHTS}data/",
    "findings.csv": f"{INSIGHTS}findings.csv",
    "items.csv": f"{INSIGHTS}items.csv",
    "learners.csv": f"{INSIGHTS}learners.csv",
    "learners.parquet": f"{INSIGHTS}learners.parquet",
    "operator's page": "/metaedu/operator/",
    "learner's page": f"/metaedu/learn/{COURSE}/",
    "learner's plan (API)": f"{API}plan",
    "learner's next action (API)": f"{API}next",
    "learner's mastery (API)": f"{API}mastery",
}
CHANGED: Final = {
    "do": "preview", "enabled": "on", "mastered": "75", "target": "70", "minutes_a_day": "15",
    "left_out": [f"item-{n:03d}" for n in range(1, 6)],
}  # fmt: skip
"""Course settings whose preview is asked for: all that takes work to tell."""
POSTED: Final = {"preview of course settings": (f"{INSIGHTS}settings/", CHANGED)}
MARK = 300.0
"""Milliseconds at the 95th percentile."""


def fill(responses: int, learners: int) -> None:
    """A course and its class."""
    from django.db import connection, transaction  # noqa: PLC0415 - after Django is set up

    from metaedu_plugin.capture.models import Learner, Response  # noqa: PLC0415
    from metaedu_plugin.curriculum import api as curriculum  # noqa: PLC0415

    rng = np.random.default_rng(0)
    items = [f"item-{n:03d},Item {n},skill-{n * SKILLS // ITEMS:02d}" for n in range(ITEMS)]
    skills = [f"skill-{n:02d},Skill {n}" for n in range(SKILLS)]
    curriculum.import_csv(
        course=COURSE,
        items=io.StringIO("\n".join(["item,title,skills", *items])),
        skills=io.StringIO("\n".join(["skill,title", *skills])),
    )
    curriculum.set_enabled(course=COURSE, enabled=True)
    names = [f"{n:032x}" for n in rng.integers(0, 2**62, learners)]
    Learner.objects.bulk_create(
        [Learner(pseudonym=name, user_id=n + 1000) for n, name in enumerate(names)], batch_size=500
    )
    rows = list(Learner.objects.order_by("id").values_list("id", flat=True))
    who = np.repeat(np.arange(learners), -(-responses // learners))[:responses]
    nth = np.arange(responses) - np.searchsorted(who, who)
    item = (nth + rng.integers(0, 20, responses)) % ITEMS
    chance = 1 / (1 + np.exp(-rng.normal(0.3, 1, learners)[who] + rng.normal(0, 1, ITEMS)[item]))
    correct = rng.random(responses) < chance
    began = time.time() - DAYS * 86400
    when = began + np.sort(rng.random(responses)) * DAYS * 86400  # of one learner's answers the order is kept
    when = when[np.argsort(np.argsort(nth * learners + who, kind="stable"), kind="stable")]
    columns = ["key", "learner_id", "course", "problem", "part", "item", "correct", "score", "attempt", "hints"]
    columns += ["seconds", "choice", "time", "valid", "captured", "slot"]
    fields = {field.column for field in Response._meta.fields} - {"id"}
    assert fields >= set(columns), f"columns changed: {fields}"
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    marks = ", ".join(["%s"] * len(columns))
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(0, responses, 50_000):
            some = range(start, min(responses, start + 50_000))
            cursor.executemany(
                f"INSERT INTO {Response._meta.db_table} ({', '.join(columns)}) VALUES ({marks})",
                [
                    (
                        f"{n:032x}", rows[who[n]], COURSE, key := f"item-{item[n]:03d}", "", key, bool(correct[n]),
                        float(correct[n]), 1, 0, 20.0, "",
                        datetime.fromtimestamp(when[n], UTC).replace(tzinfo=None).isoformat(" "), True, now, None,
                    )
                    for n in some
                ],
            )  # fmt: skip
    told = np.clip(chance + rng.normal(0, 0.1, responses), 0.01, 0.99)
    predict([names[n] for n in who], item, told, correct)


def predict(learners: list[str], item: NDArray[Any], told: NDArray[Any], correct: NDArray[Any]) -> None:
    """What two versions, one after the other, predicted of the answers: somewhat off."""
    from django.db import connection, transaction  # noqa: PLC0415

    from metaedu_plugin.registry.models import KeptPrediction  # noqa: PLC0415

    size, now = len(learners), datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    columns = ["learner_id", "course", "item", "response", "model", "expected", "correct", "time"]
    marks = ", ".join(["%s"] * len(columns))
    rows = (
        (learners[n], COURSE, f"item-{item[n]:03d}", f"{n:032x}", f"m{2 * n // size}", told[n], bool(correct[n]), now)
        for n in range(size)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {KeptPrediction._meta.db_table} ({', '.join(columns)}) VALUES ({marks})",
            [(*row[:5], float(row[5]), *row[6:]) for row in rows],
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--only", help="the pages whose names hold this word; prints, and writes nothing")
    parser.add_argument("--data", type=Path, help="a folder to keep the data in, and to take them from the next time")
    options = parser.parse_args()
    machine = f"{os.cpu_count()} {platform.machine()} cores, load {os.getloadavg()[0]:.1f} before"
    with tempfile.TemporaryDirectory() as temporary:
        folder = str(options.data or temporary)
        os.environ |= {"METAEDU_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "deploy.demo.settings"}
        figures = measure(options.responses, options.learners, options.times, options.only or "")
    if options.only:
        return
    told = [
        {
            "figure": figure,
            "value": round(value, 2),
            "unit": unit,
            "mark": mark,
            "met": None if mark is None else value <= mark,
            "compared_to": None,
            "command": f"{COMMAND} ({options.responses:,} responses, {options.learners:,} learners)",
            "measured_on": machine,
        }
        for figure, value, unit, mark in figures
    ]
    RESULTS.write_text(json.dumps(told, indent=2) + "\n")


Figure = tuple[str, float, str, float | None]


class Measured:
    """Asks for pages as someone who teaches the course and learns in it, operates the site, and keeps the figures."""

    def __init__(self, times: int) -> None:
        from django.contrib.auth import get_user_model  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        from metaedu_plugin.capture.models import Learner  # noqa: PLC0415

        self.times = times
        self.figures: list[Figure] = []
        self.client = Client()
        user, _ = get_user_model().objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
        Learner.objects.filter(user_id=1000).update(user_id=user.pk)
        self.client.force_login(user)
        self._answers = 0

    def note(self, figure: str, value: float, unit: str, mark: float | None = None) -> None:
        """Keep a figure."""
        self.figures.append((figure, value, unit, mark))
        print(f"{figure:80} {value:10.1f} {unit}", flush=True)

    def ask(self, address: str, form: Mapping[str, Any] | None = None) -> tuple[float, float]:
        """Milliseconds until the answer, or the first part of a file, and those that the processor spent on it."""
        began, spent = time.perf_counter(), time.thread_time()
        response = self.client.get(address) if form is None else self.client.post(address, form)
        if response.streaming:
            next(iter(response.streaming_content))  # type: ignore[attr-defined]
        took = (time.perf_counter() - began) * 1000, (time.thread_time() - spent) * 1000
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status_code}")
        return took

    def p95(
        self,
        figure: str,
        address: str,
        before: Callable[[], object] = bool,
        form: Mapping[str, Any] | None = None,
    ) -> None:
        """The 95th percentile of so many times."""
        taken = []
        for _ in range(self.times):
            before()
            taken.append(self.ask(address, form))
        wall, spent = np.percentile(np.array(taken), 95, axis=0)
        self.note(f"{figure}, p95", float(wall), "ms", MARK)
        self.note(f"{figure}, p95 of processor time", float(spent), "ms")

    def first_look(self, address: str) -> None:
        """How long it takes to say that the answers are being read, and to read them."""
        self.client.get("/metaedu/operator/")  # what a process loads with its first page is none of this
        began = time.perf_counter()
        waiting = self.client.get(address).status_code
        self.note(
            "instructor's page: first look, says that it is being read",
            (time.perf_counter() - began) * 1000,
            "ms",
            MARK,
        )
        if waiting != 202:
            raise SystemExit(f"{address}: {waiting}, though nothing was read yet")
        while self.client.get(address).status_code == 202:
            time.sleep(0.2)
        self.note("instructor's page: first look, until all is there", time.perf_counter() - began, "s")

    def answer(self) -> None:
        """Somebody answers."""
        from metaedu_plugin.capture import api as capture  # noqa: PLC0415

        self._answers += 1
        event = {
            "name": "problem_check",
            "timestamp": datetime.now(UTC).isoformat(),
            "context": {
                "user_id": 1000 + self._answers % 900 + 1,
                "course_id": COURSE,
                "module": {"usage_key": "item-001"},
            },
            "data": {
                "problem_id": "item-001",
                "attempts": 1,
                "grade": 1,
                "max_grade": 1,
                "correct_map": {"2_1": {"correctness": "correct"}},
                "submission": {},
                "answers": {},
            },
        }
        told = capture.ingest(events=[event], source="bench")
        if told.responses != 1:
            raise SystemExit(f"an answer was not captured: {told}")


def measure(responses: int, learners: int, times: int, only: str = "") -> list[Figure]:
    """The figures."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from metaedu_plugin.capture.models import Response  # noqa: PLC0415
    from metaedu_plugin.insights import selectors  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    made = not Response.objects.exists()
    if made:
        fill(responses, learners)
    measured = Measured(times)
    if made:
        measured.note("making the data", time.perf_counter() - began, "s")
    if responses > selectors.SMALL:
        measured.first_look(PAGES["instructor's page"])
    asked = {name: (address, None) for name, address in PAGES.items()} | POSTED
    for name, (address, form) in asked.items():
        if only not in name:
            continue
        measured.note(f"{name}: first", measured.ask(address, form)[0], "ms")
        measured.p95(f"{name}: then", address, form=form)
        measured.p95(f"{name}: while answers come", address, measured.answer, form)
    if only:
        return measured.figures
    for name in ("learners.csv", "learners.parquet"):
        began = time.perf_counter()
        parts = measured.client.get(PAGES[name]).streaming_content  # type: ignore[attr-defined]
        size = sum(len(part) for part in parts)
        measured.note(f"{name}: whole file of {size / 1e6:.1f} MB", time.perf_counter() - began, "s")
    selectors.FRESH_SECONDS = 0.0  # type: ignore[misc]
    for name in ("instructor's page", "class list"):
        measured.p95(f"{name}: while read anew", PAGES[name], measured.answer)
    return measured.figures


if __name__ == "__main__":
    main()
