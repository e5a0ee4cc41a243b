"""Every page of learner, instructor and operator, in three languages: for everybody, with what they have."""

from __future__ import annotations

from itertools import product
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from deploy.demo.content import Course
from tests.access import checks
from tests.access.conftest import Open
from tests.access.pages import NOT_PAGES, pages

LANGUAGES = {"en": ("en", "ltr"), "zh-CN": ("zh-hans", "ltr"), "ar": ("ar", "rtl")}


def named(resolver: Any) -> set[str]:
    """The names of all addresses of the demo platform."""
    found = set()
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            found |= named(each)
        elif isinstance(each, URLPattern) and each.name:
            found.add(each.name)
    return found


def visit(page: Any, path: str) -> int:
    """Open it, and wait until what is read in the background is read."""
    for _ in range(40):
        answer = page.goto(path)
        if answer.status != 202:
            page.wait_for_load_state("load")
            return int(answer.status)
        page.wait_for_timeout(500)
    raise AssertionError(f"{path} is still reading")


def test_pages_are_for_everybody(course: Course, open_as: Open) -> None:
    """All of them, in all languages, with one class, which is the slowest to make. New ones go into `pages`."""
    looked_at = {name for of_one in pages(course).values() for name, _ in of_one}
    assert named(get_resolver()) == looked_at | NOT_PAGES
    wrong = []
    for language, (person, theirs) in product(LANGUAGES, pages(course).items()):
        page = open_as(person, language=language)
        for _, path in theirs:
            page.faults.clear()
            status = visit(page, path)
            found = [] if status == 200 else [f"status {status}"]
            found += checks.shift(page) + checks.policy(page)
            lang, direction = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
            if (lang, direction) != LANGUAGES[language]:
                found.append(f"is in {lang}, {direction}")
            if language == "en":
                found += checks.keyboard(page)
            found += checks.width(page) + checks.axe(page) + checks.width(page)
            wrong += [f"{person}, {language}, {path}: {each}" for each in dict.fromkeys(found)]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_the_checks_see_what_is_wrong(empty: Course, open_as: Open) -> None:
    """Each check, on a page that was spoilt for it."""
    page = open_as("learner")
    visit(page, reverse("demo:course", args=[empty.key]))
    page.evaluate("""() => {
      const box = document.createElement("div");
      box.innerHTML = "<img src='/x.png'><button tabindex='3'></button>";
      document.querySelector("main").prepend(box);
      document.querySelector("h1").style.width = "900px";
      const inline = document.createElement("script");
      inline.textContent = "window.ran = 1";
      document.body.append(inline);
    }""")
    assert any(each.startswith("image-alt") for each in checks.axe(page))
    assert any("at 320 px" in each for each in checks.width(page))
    assert any("out of the order" in each for each in checks.keyboard(page))
    assert any("Content Security Policy" in each for each in checks.policy(page))
    assert page.evaluate("window.ran") is None
