"""`make demo`: from nothing to a course platform with a trained, promoted, serving model."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from deploy.demo import check, content
from deploy.demo.accounts import ACCOUNTS
from deploy.demo.own_data import OWN_COURSE

ROOT = Path(__file__).resolve().parents[2]
DATA_DIR = ROOT / "var" / "demo"
SIMULATED = "The class of this demo is simulated: its learners are made up, and so are their answers."
TABLES = {".csv", ".tsv", ".parquet"}


def main() -> int:
    """Run the demo until Ctrl-C, or, with --check, until everything was checked."""
    options = parse_arguments()
    if options.data and not options.data.is_file():
        print(f"There is no file {options.data}. Give DATA= the path of a CSV, Parquet or tracking.log(.gz) file.")
        return 2
    environment = {**os.environ, "METAEDU_DATA_DIR": str(DATA_DIR), "PYTHONUNBUFFERED": "1"}
    if not options.data:
        environment["METAEDU_NOTICE"] = SIMULATED
    started = time.monotonic()
    try:
        course = prepare(options, environment)
    except subprocess.CalledProcessError as failure:
        print(f"\nThe demo stopped at: {' '.join(map(str, failure.cmd[1:]))}. The message above says why.")
        if "metaedu_import" in failure.cmd:
            print('Columns are named with MAP: make demo DATA=answers.csv MAP="learner=student item=question"')
        return 1
    with platform(options.port, environment) as (address, processes):
        print_addresses(address, course, time.monotonic() - started)
        if options.check:
            return check.everything(address, course, own_data=bool(options.data), web=processes[0].pid, data=DATA_DIR)
        print("Ctrl-C stops it.")
        with contextlib.suppress(KeyboardInterrupt):
            processes[0].wait()
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="your own answers: CSV, Parquet, or an Open edX tracking.log(.gz)")
    parser.add_argument("--course", help="course key of your own answers, where the file does not say")
    parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help="names of your columns")
    parser.add_argument("--check", action="store_true", help="check every page and endpoint, print the summary, stop")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


def prepare(options: argparse.Namespace, environment: dict[str, str]) -> str:
    """Make the platform, bring answers in, train, promote; returns the key of the course that the pages are about."""
    if DATA_DIR.exists():
        print(f"Starting afresh: removing {DATA_DIR.relative_to(ROOT)} of an earlier demo.")
        shutil.rmtree(DATA_DIR)
    DATA_DIR.mkdir(parents=True)

    def manage(title: str, *arguments: str) -> None:
        print(f"\n== {title}", flush=True)
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        subprocess.run(command, env=environment, cwd=ROOT, check=True)

    manage("Create the platform (SQLite)", "migrate", "--verbosity", "0")
    manage("Load the demo course", "demo_setup")
    if options.data:
        named = options.course or (options.data.name.split(".")[0] if TABLES & set(options.data.suffixes) else "")
        course = ["--course", named] if named else []
        columns = [f"--map={pair}" for pair in options.map]
        manage("Import your answers", "metaedu_import", str(options.data.resolve()), *course, *columns)
        manage("Show them to the demo accounts", "demo_own_data")
    else:
        manage("Simulate a class whose answers come in as platform events", "demo_simulate", "--learners", "200")
    manage("Before any training the model that ships answers", "metaedu_status")
    manage("Train, evaluate, pass the gate, export, promote", "metaedu_train")
    own = DATA_DIR / OWN_COURSE
    return own.read_text().strip() if own.exists() else content.course().key


@contextlib.contextmanager
def platform(port: int, environment: dict[str, str]) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run the web process and the training worker."""
    port = port if is_free(port) else free_port()
    address = f"http://127.0.0.1:{port}"
    binaries = Path(sys.executable).parent
    log = (DATA_DIR / "platform.log").open("wb")
    lms = {**environment, "DJANGO_SETTINGS_MODULE": "deploy.demo.settings"}
    worker = {**environment, "DJANGO_SETTINGS_MODULE": "deploy.demo.worker"}
    granian = [str(binaries / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    celery = [str(binaries / "celery"), "--app", "deploy.demo.celery", "worker", "--pool", "solo", "--loglevel", "info"]
    processes = [
        subprocess.Popen([*granian, "deploy.demo.wsgi:application"], env=lms, cwd=ROOT, stdout=log, stderr=log),
        subprocess.Popen(celery, env=worker, cwd=ROOT, stdout=log, stderr=log),
    ]
    try:
        wait_until_ready(address, processes[0])
        yield address, processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        log.close()


def wait_until_ready(address: str, web: subprocess.Popen[bytes]) -> None:
    """Wait for the first answer of the web process."""
    for _ in range(150):
        if web.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/login/", timeout=5).status_code == 200:
                return
        time.sleep(0.2)
    sys.exit(f"The web process did not come up; {DATA_DIR.relative_to(ROOT)}/platform.log says why.")


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def free_port() -> int:
    """Any port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def print_addresses(address: str, course: str, seconds: float) -> None:
    """Print where to look, and how to log in."""
    own = course != content.course().key
    pages = {
        "learner": f"{address}/metaedu/learn/{course}/" if own else f"{address}/",
        "instructor": f"{address}/metaedu/insights/{course}/",
        "operator": f"{address}/metaedu/operator/",
    }
    print(f"\n== Ready after {seconds:.0f} s. Log in with:\n")
    for account in ACCOUNTS:
        print(f"  {account.username:<11} {pages[account.username]}")
        print(f"{'':<13} {account.username} / {account.password}")
    print("\n" + ("The learner stands for one of yours." if own else SIMULATED))


if __name__ == "__main__":
    sys.exit(main())
