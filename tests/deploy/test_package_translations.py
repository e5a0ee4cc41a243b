"""The catalogues: every text of the apps, translated whole, with the same placeholders, and found by Django."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
import yaml
from django.utils import translation
from django.utils.translation import gettext, ngettext

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "metaedu_plugin"
LOCALE = PACKAGE / "conf/locale"
LANGUAGES = yaml.safe_load((LOCALE / "config.yaml").read_text())["locales"]
CHINESE = sorted((LOCALE / "zh_CN/LC_MESSAGES").glob("*.po"))
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[+]?(?:\.\d+)?[sdf]|%%")
AGAIN = "run `make extract_translations`, translate what is new or fuzzy, then `make compile_translations`"


def _texts(path: Path) -> set[tuple[str | None, str, str]]:
    return {(each.msgctxt, each.msgid, each.msgid_plural) for each in polib.pofile(str(path)) if not each.obsolete}


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue folder of a copy of the package, extracted from nothing."""
    if shutil.which("xgettext") is None and os.environ.get("CI") != "true":
        pytest.skip("GNU gettext is not installed")
    copy = tmp_path_factory.mktemp("texts") / "metaedu_plugin"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("locale", "__pycache__"))
    (copy / "conf/locale").mkdir()
    plain = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    for domain in ("django", "djangojs"):
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "en", "--ignore", "*.min.js"]
        subprocess.run([*command, "--domain", domain], cwd=copy, check=True, capture_output=True, env=plain)
    return copy / "conf/locale/en/LC_MESSAGES"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_the_texts_that_the_code_has(extracted: Path, language: str) -> None:
    ours = LOCALE / language / "LC_MESSAGES"
    assert {path.name for path in ours.glob("*.po")} == {path.name for path in extracted.glob("*.po")}, AGAIN
    for path in extracted.glob("*.po"):
        now, kept = _texts(path), _texts(ours / path.name)
        assert kept == now, f"{AGAIN}: new {sorted(map(str, now - kept))}, gone {sorted(map(str, kept - now))}"


def test_no_text_has_an_escape_that_the_extraction_does_not_read() -> None:
    """xgettext leaves Python's named and numbered characters as they are: such a text never meets its translation."""
    for path in LOCALE.glob("en/LC_MESSAGES/*.po"):
        assert not [each.msgid for each in polib.pofile(str(path)) if re.search(r"\\[NuUx]", each.msgid)]


def test_no_text_is_where_the_extraction_does_not_look() -> None:
    """xgettext does not look into an f-string: such a text never meets its translation."""
    known = {each.msgid for path in LOCALE.glob("en/LC_MESSAGES/*.po") for each in polib.pofile(str(path))}
    given = {
        call.args[0].value
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(given) > 400
    assert not sorted(given - known), AGAIN


@pytest.mark.parametrize("path", CHINESE, ids=lambda path: path.name)
def test_everything_is_translated(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    assert len(catalogue) > 400
    assert not [each.msgid for each in catalogue if not each.translated()], AGAIN
    assert not [each.msgid for each in catalogue.fuzzy_entries()], AGAIN
    assert not catalogue.obsolete_entries()
    assert catalogue.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    # a text that was taken over as it is, is no translation
    assert not [each.msgid for each in catalogue if re.search("[a-z]{3}", each.msgid) and each.msgstr == each.msgid]


@pytest.mark.parametrize("path", CHINESE, ids=lambda path: path.name)
def test_placeholders_agree(path: Path) -> None:
    for each in polib.pofile(str(path)):
        translated = each.msgstr_plural.get(0, "") if each.msgid_plural else each.msgstr
        original = each.msgid_plural or each.msgid
        assert sorted(PLACEHOLDER.findall(translated)) == sorted(PLACEHOLDER.findall(original)), original


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_django_reads_is_compiled_of_it(language: str) -> None:
    for path in (LOCALE / language / "LC_MESSAGES").glob("*.po"):
        compiled = polib.mofile(str(path.with_suffix(".mo")))
        wanted = _translations(polib.pofile(str(path)).translated_entries())
        assert _translations(list(compiled)) == wanted, AGAIN
        if language == "zh_CN":
            plain = LOCALE / "zh_Hans/LC_MESSAGES" / path.with_suffix(".mo").name
            assert plain.read_bytes() == path.with_suffix(".mo").read_bytes(), AGAIN


def _translations(
    entries: list[polib.POEntry] | list[polib.MOEntry],
) -> dict[tuple[str | None, str], tuple[str, dict[int, str]]]:
    return {(each.msgctxt, each.msgid): (each.msgstr, each.msgstr_plural) for each in entries}


@pytest.mark.parametrize("language", ["zh-cn", "zh-hans"])
def test_django_finds_it_under_the_platforms_name_and_its_own(language: str) -> None:
    with translation.override(language):
        assert gettext("My plan") == "我的计划"
        assert ngettext("%(n)s course", "%(n)s courses", 1) % {"n": 1} == "1 门课程"
    with translation.override("en"):
        assert gettext("My plan") == "My plan"


def test_an_answer_for_a_learner_is_chinese() -> None:
    from metaedu_plugin.tutoring import sentences

    with translation.override("zh-cn"):
        texts = [str(gettext(text)) for text in sentences.SOURCES.values() if text]
    assert len(texts) > 1
    assert all(re.search("[一-鿿]", text) for text in texts)
