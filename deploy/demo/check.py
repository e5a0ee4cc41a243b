"""`make demo CHECK=1`: walk the running platform as each of the three people would, and say what is off."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx

from deploy.demo import content
from deploy.demo.accounts import ACCOUNTS, Account

Check = tuple[str, Callable[[], str]]


class Off(Exception):
    """Something is not as it should be."""


def everything(address: str, course: str, *, own_data: bool, web: int, data: Path) -> int:
    """Run all checks, print one line each and a summary; 0 when nothing is off, else 1."""
    people = {account.username: Person(address, account) for account in ACCOUNTS}
    visitor = Visit(address, course, people, own_data=own_data)
    checks: list[Check] = [
        ("log in as learner, instructor, operator", visitor.log_in),
        ("every page, as each of them", visitor.pages),
        ("pages of others are closed", visitor.closed_doors),
        *([] if own_data else [("an answer brings feedback", visitor.answers)]),
        ("next action, plan, mastery, explanation", visitor.guidance),
        ("insights: findings, items, skills, curves, map", visitor.insights),
        ("downloads", visitor.downloads),
        ("operator: capturing, serving, evaluated", visitor.status),
        ("feedback off and on again", visitor.switch),
        ("the worker takes up a training", visitor.retrain),
        ("OpenAPI schema", visitor.schema),
        ("the champion over HTTP", lambda: over_http(champion_of(data), "model")),
        ("what ships, over HTTP, without any training", lambda: over_http([], "shipped")),
        ("no torch in the web process", lambda: no_torch(web)),
    ]
    print("\n== Checking\n")
    off = 0
    for title, check in checks:
        started = time.monotonic()
        try:
            said, mark = check(), "ok "
        except Exception as error:  # whatever it is, it is what the check found
            said, mark = f"{type(error).__name__}: {error}", "OFF"
            off += 1
        print(f"  {mark} {title} ({time.monotonic() - started:.1f} s): {said}", flush=True)
    print(f"\n{len(checks) - off} passed, {off} failed\n")
    return 1 if off else 0


class Person:
    """A browser without scripts: one of the accounts, logged in."""

    def __init__(self, address: str, account: Account) -> None:
        self.account = account
        self.http = httpx.Client(base_url=address, timeout=30.0)

    def log_in(self) -> None:
        """Through the form."""
        self.http.get("/login/")
        reply = self.post("/login/", username=self.account.username, password=self.account.password)
        if reply.status_code != 302:
            raise Off(f"{self.account.username} cannot log in: {reply.status_code}")

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """A form, with its token."""
        token = self.http.cookies.get("csrftoken") or ""
        return self.http.post(path, data=fields, headers={"X-CSRFToken": token, "Referer": str(self.http.base_url)})

    def json(self, path: str, **query: Any) -> Any:
        """A JSON answer with status 200."""
        reply = self.http.get(path, params=query)
        if reply.status_code != 200:
            raise Off(f"{path} answered {reply.status_code}: {reply.text[:200]}")
        return reply.json()

    def crawl(self, start: str, limit: int = 150) -> dict[str, int]:
        """Follow every link of the site from a page on; returns path -> status."""
        found: dict[str, int] = {}
        waiting = [start]
        while waiting and len(found) < limit:
            path = waiting.pop(0)
            if path in found:
                continue
            reply = self.http.get(path, follow_redirects=True)
            found[path] = reply.status_code
            if "text/html" not in reply.headers.get("content-type", ""):
                continue
            for link in re.findall(r'(?:href|src)="([^"#]+)', reply.text):
                target = urlsplit(urljoin(str(reply.url), link.replace("&amp;", "&")))
                if target.scheme in {"http", "https"} and target.netloc == urlsplit(str(self.http.base_url)).netloc:
                    waiting.append(target.path + (f"?{target.query}" if target.query else ""))
        return found


class Visit:
    """What the three of them do."""

    def __init__(self, address: str, course: str, people: dict[str, Person], *, own_data: bool) -> None:
        self.address, self.course, self.people, self.own_data = address, course, people, own_data
        self.learner, self.instructor, self.operator = people["learner"], people["instructor"], people["operator"]
        self.api = f"/metaedu/api/v1/courses/{quote(course)}"

    def log_in(self) -> str:
        """All three."""
        for person in self.people.values():
            person.log_in()
        return ", ".join(self.people)

    def pages(self) -> str:
        """Every link that each of them can follow leads somewhere."""
        starts = {
            "learner": ["/", f"/metaedu/learn/{self.course}/"],
            "instructor": [f"/metaedu/insights/{self.course}/"],
            "operator": ["/metaedu/operator/"],
        }
        visited = 0
        for name, person in self.people.items():
            for start in starts[name]:
                found = person.crawl(start)
                broken = {unquote(path): status for path, status in found.items() if status != 200}
                if broken:
                    raise Off(f"{name} meets {broken}")
                visited += len(found)
        return f"{visited} pages and files"

    def closed_doors(self) -> str:
        """A learner is no instructor, an instructor no operator, a stranger nobody."""
        stranger = httpx.Client(base_url=self.address)
        doors = [
            (self.learner.http, f"/metaedu/insights/{self.course}/", {403, 404}),
            (self.learner.http, f"{self.api}/insights/findings/", {403, 404}),
            (self.learner.http, "/metaedu/operator/", {403, 404}),
            (self.learner.http, "/metaedu/api/v1/operator/status", {403, 404}),
            (self.instructor.http, "/metaedu/operator/", {403, 404}),
            (stranger, f"/metaedu/learn/{self.course}/", {302}),
            (stranger, f"{self.api}/mastery", {401, 403}),
        ]
        for client, path, expected in doors:
            status = client.get(path).status_code
            if status not in expected:
                raise Off(f"{path} answered {status}, expected one of {sorted(expected)}")
        return f"{len(doors)} doors"

    def answers(self) -> str:
        """A wrong answer and a right one; each brings feedback of the model, at once."""
        unit = content.course().units[1]
        problem = next(p for p in unit.problem if len(p.part) == 1 and p.part[0].kind in {"choice", "dropdown"})
        path = f"/courses/{self.course}/problem/{problem.id}"
        self.learner.http.get(f"{path}/")
        part, (name, _) = problem.part[0], problem.inputs()[0]
        right = part.options.index(part.answer[0])
        times = []
        for choice, expected in (((right + 1) % len(part.options), False), (right, True)):
            checked = self.learner.post(f"{path}/check", **{name: f"choice_{choice}"})
            if checked.status_code != 200 or checked.json()["right"] is not expected:
                raise Off(f"the platform graded {checked.status_code} {checked.text[:200]}")
            started = time.monotonic()
            told = self.feedback(checked.json()["problem"])
            times.append(time.monotonic() - started)
            if told["correct"] is not expected or told["source"] != "model":
                raise Off(f"feedback says {told}")
            if not told["skills"][0]["after"]["range"]:
                raise Off("feedback says nothing about the skill")
        return f"by {told['model']}, {1000 * max(times):.0f} ms at most; then: {told['next']['sentence']}"

    def feedback(self, problem: str) -> dict[str, Any]:
        """As the page asks for it."""
        for _ in range(3):
            told: dict[str, Any] = self.learner.json(f"{self.api}/feedback", problem=problem)
            if told["status"] == "ready":
                return told
            time.sleep(0.3)
        raise Off(f"no feedback: {told['status']}")

    def guidance(self) -> str:
        """Each with reason, sentence and version."""
        following = self.learner.json(f"{self.api}/next")
        plan = self.learner.json(f"{self.api}/plan", minutes_a_day=15)
        mastery = self.learner.json(f"{self.api}/mastery")
        for answer in (following, plan, mastery):
            if answer["source"] != self.expected_source() or not answer["model"]:
                raise Off(f"not from the {self.expected_source()}: {str(answer)[:200]}")
        if not following["reason"] or not following["sentence"]:
            raise Off(f"no reason: {following}")
        action = following["action"]
        if action and action["item"]:
            self.learner.json(f"{self.api}/explain", item=action["item"])
        return f"{following['sentence']} ({following['reason']})"

    def expected_source(self) -> str:
        """A model trained here; or what ships, where the gate found nothing better in a person's own answers."""
        champion = self.operator.json("/metaedu/api/v1/operator/status", only="serving")["serving"]["champion"]
        return "model" if champion or not self.own_data else "shipped"

    def insights(self) -> str:
        """All that the instructor's page shows, as JSON."""
        may_be_empty = {"skills", "learning-curves"} if self.own_data else set()
        for name in ("findings", "items", "skills", "learning-curves", "mastery-map"):
            told = self.instructor.json(f"{self.api}/insights/{name}/")
            if not told and name not in may_be_empty:
                raise Off(f"{name} is empty")
        return "5 answers"

    def downloads(self) -> str:
        """CSV files with rows."""
        rows = {}
        for name in ("items", "skills", "learners"):
            reply = self.instructor.http.get(f"/metaedu/insights/{self.course}/{name}.csv")
            rows[name] = len(list(csv.DictReader(io.StringIO(reply.text))))
            if reply.status_code != 200 or (not rows[name] and not (self.own_data and name == "skills")):
                raise Off(f"{name}.csv: {reply.status_code}, {rows[name]} rows")
        return ", ".join(f"{number} {name}" for name, number in rows.items())

    def status(self) -> str:
        """The operator's page has all three."""
        told = self.operator.json("/metaedu/api/v1/operator/status")
        for name in ("capture", "serving", "evaluation"):
            if told[name]["state"] == "bad":
                raise Off(f"{name}: {told[name]['headline']}")
        return str(told["serving"]["headline"])

    def switch(self) -> str:
        """Off for everybody, and back."""
        for action, expected in (("feedback-off", "off"), ("feedback-on", "on")):
            reply = self.operator.post(f"/metaedu/operator/{action}/", reason="check")
            if reply.status_code != 302:
                raise Off(f"{action} answered {reply.status_code}")
            state = "off" if self.learner.http.get(f"{self.api}/next").status_code != 200 else "on"
            if state != expected:
                raise Off(f"after {action} feedback is {state}")
        return "done"

    def retrain(self) -> str:
        """The button queues a run and the worker begins it."""
        reply = self.operator.post("/metaedu/operator/retrain/", reason="check")
        if reply.status_code != 302:
            raise Off(f"retrain answered {reply.status_code}")
        for _ in range(120):
            run = self.operator.json("/metaedu/api/v1/operator/status")["training"]["runs"][0]
            if run["state"] == "failed":
                raise Off(run["message"])
            if run["state"] in {"running", "done"} and run["percent"] > 0:
                return f"run {run['id']} is {run['state']} at {run['percent']} %"
            time.sleep(0.5)
        raise Off(f"after a minute the run is {run['state']}")

    def schema(self) -> str:
        """All endpoints are described."""
        text = self.operator.http.get("/metaedu/api/schema/").text
        missing = [name for name in ("feedback", "next", "plan", "mastery", "insights") if name not in text]
        if missing:
            raise Off(f"the schema does not describe {missing}")
        return f"{len(text) // 1024} KiB"


def champion_of(data: Path) -> list[str]:
    """The argument that names the newest bundle."""
    bundles = sorted((data / "models").glob("*/manifest.json"))
    if not bundles:
        raise Off("no bundle was registered")
    return ["--bundle", str(bundles[-1].parent)]


def over_http(named: list[str], source: str) -> str:
    """A bundle, or what ships, in a process of its own, without Django or torch."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "serving", *named, "--store", "memory://"]
    with running([*command, "--host", "127.0.0.1", "--port", str(port)]), httpx.Client() as client:
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            with contextlib.suppress(httpx.HTTPError):
                if client.get(f"{address}/readyz").status_code == 200:
                    break
            time.sleep(0.1)
        response = {"id": "1", "course": "c", "learner": "l", "item": "i", "skills": ["s"], "correct": True}
        reply = client.post(f"{address}/v1/observe", json={"response": response})
        if reply.status_code != 200:
            raise Off(f"observe answered {reply.status_code}: {reply.text[:200]}")
        if reply.json()["source"] != source:
            raise Off(f"the answer is from {reply.json()['source']}, not {source}")
        after = reply.json()["result"]["after"][0]
        return f"{reply.json()['model']}: mastery {after['low']:.2f} to {after['high']:.2f} after one right answer"


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[None]:
    """A process for as long as it is needed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def no_torch(web: int) -> str:
    """Neither the web process nor its children have loaded it."""
    if not Path("/proc").is_dir():
        return "not looked at: this system has no /proc; tests/demo looks at the modules"
    looked = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if web in (parent, int(folder.name)):
                looked += 1
                if "libtorch" in (folder / "maps").read_text():
                    raise Off(f"process {folder.name} has loaded torch")
    if not looked:
        raise Off(f"process {web} is gone: pid {os.getpid()} cannot see it")
    return f"{looked} processes"
