"""`make screenshots`: the pictures in docs/pictures, taken of the demo that `make demo` made (WHOLE=1: whole pages)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.demo import content
from deploy.demo.accounts import ACCOUNTS, Account
from deploy.demo.run import DATA_DIR, SIMULATED, platform

PICTURES = Path(__file__).parent / "pictures"
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> int:
    """Take every picture at both widths."""
    if not (DATA_DIR / "platform.sqlite3").exists():
        print("There is no demo to take pictures of: run `make demo CHECK=1` first.")
        return 2
    PICTURES.mkdir(exist_ok=True)
    environment = {**os.environ, "METAEDU_DATA_DIR": str(DATA_DIR), "METAEDU_NOTICE": SIMULATED}
    with platform(8700, environment) as (address, _), sync_playwright() as playwright:
        chromium = os.environ.get("METAEDU_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for width, size in WIDTHS.items():
            for account in ACCOUNTS:
                page = log_in(browser, address, account, size)
                PEOPLE[account.username](page, address, width)
                page.context.close()
        browser.close()
    return 0


def log_in(browser: Browser, address: str, account: Account, size: tuple[int, int]) -> Page:
    """A window of that size with the account logged in."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(f"{address}/login/")
    page.locator(f"form:has(input[value={account.username}]) button").first.click()
    page.wait_for_load_state("networkidle")
    return page


def save(page: Page, name: str, width: str, *, whole: bool = False) -> None:
    """Write the picture of the window, or of the whole page, and say so."""
    path = PICTURES / f"{name}-{width}.png"
    page.screenshot(path=path, full_page=whole or "WHOLE" in os.environ)
    print(path.relative_to(PICTURES.parent.parent))


def learner(page: Page, address: str, width: str) -> None:
    """The course, a wrong answer with its feedback, the plan, the map, what is kept, what was suggested."""
    course = content.course()
    save(page, "course", width)
    problem = next(p for p in course.units[2].problem if len(p.part) == 1 and p.part[0].kind == "choice")
    page.goto(f"{address}/courses/{course.key}/problem/{problem.id}/")
    part, (name, _) = problem.part[0], problem.inputs()[0]
    wrong = (part.options.index(part.answer[0]) + 1) % len(part.options)
    page.check(f"input[name='{name}'][value='choice_{wrong}']", force=True)
    page.get_by_role("button", name="Check").click()
    page.locator(".me-feedback-head").first.wait_for()
    page.wait_for_timeout(800)
    save(page, "feedback", width, whole=True)
    page.locator(".me-feedback-go").first.click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{address}/metaedu/learn/{course.key}/")
    page.wait_for_load_state("networkidle")
    save(page, "plan", width)
    page.get_by_role("button", name="Not now").click()
    page.get_by_text("All right.").wait_for()
    for name, place in (("map", "map"), ("mine", "mine"), ("shown", "shown")):
        page.goto(f"{address}/metaedu/learn/{course.key}/{place}")
        page.wait_for_load_state("networkidle")
        save(page, name, width)


def instructor(page: Page, address: str, width: str) -> None:
    """What the class needs, all learners, one of them, one item, a message, and each of the other pages."""
    place = f"{address}/metaedu/insights/{content.course().key}/"
    page.goto(place)
    page.locator("#map-table").first.wait_for()  # a first look takes a moment and loads itself again
    page.wait_for_timeout(800)
    save(page, "insights", width)
    links = {
        "insights-learners": f"{place}learners/",
        "insights-learner": page.locator("#map-table a[href*='/learners/']").first.get_attribute("href"),
        "insights-item": page.locator("a[href*='/item/?']").first.get_attribute("href"),
        "insights-message": page.locator("a[href*='/message/?']").first.get_attribute("href"),
        **{
            f"insights-{name}": f"{place}{name}/"
            for name in ("settings", "preview", "prerequisites", "experiment", "right", "data")
        },
    }
    for name, link in links.items():
        page.goto(urljoin(place, link))
        page.wait_for_load_state("networkidle")
        save(page, name, width)


def operator(page: Page, address: str, width: str) -> None:
    """How capture, serving and training fare."""
    page.goto(f"{address}/metaedu/operator/")
    page.wait_for_load_state("networkidle")
    save(page, "operator", width)
    page.goto(f"{address}/metaedu/operator/rollback/")
    save(page, "operator-confirm", width)


PEOPLE = {"learner": learner, "instructor": instructor, "operator": operator}

if __name__ == "__main__":
    sys.exit(main())
