"""The pages of the documentation: generated parts up to date, links that resolve, users' pages in both languages."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
IN_BOTH_LANGUAGES = ("guide.md", "configuration.md")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def without_code(text: str) -> str:
    """The text without its fenced blocks and code spans: what looks like a heading or a link there is none."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def headings(path: Path) -> list[str]:
    """The headings of a page in order, such as `## Ask`."""
    return re.findall(r"^#+ .*", re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S), re.M)


def anchors(path: Path) -> set[str]:
    """The fragments by which headings can be linked: in lower case, with hyphens for spaces and no punctuation."""
    titles = (heading.lstrip("#").strip().lower() for heading in headings(path))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def broken_links(path: Path) -> list[str]:
    """The relative links of a page whose file or heading is not there."""
    broken = []
    for link in re.findall(r"\]\((?![a-z]+:)([^)\s]+)\)", without_code(path.read_text("utf-8"))):
        file, _, fragment = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(link)
    return broken


def test_generated_parts_are_up_to_date() -> None:
    result = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), "--check"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, f"run `make docs`:\n{result.stdout}{result.stderr}"


def test_every_setting_is_described_in_english_and_in_chinese() -> None:
    with (DOCS / "zh" / "settings.csv").open(encoding="utf-8", newline="") as file:
        chinese = {row["setting"]: row["description"] for row in csv.DictReader(file)}
    assert chinese.keys() == Settings.model_fields.keys()
    assert [name for name, text in chinese.items() if not re.search(r"[一-鿿]", text)] == []
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", IN_BOTH_LANGUAGES)
def test_a_users_page_has_the_same_headings_in_both_languages(name: str) -> None:
    levels = [[heading.partition(" ")[0] for heading in headings(folder / name)] for folder in (DOCS, DOCS / "zh")]
    assert levels[0] == levels[1]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_resolve(path: Path) -> None:
    assert broken_links(path) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_names_no_folder_of_a_developers_machine(path: Path) -> None:
    assert re.findall(r"(?<![\w.:/])/(?:home|root|work|Users|tmp)/\S*", path.read_text("utf-8")) == []


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+\.md)", (ROOT / "README.md").read_text("utf-8")))
    written = {path.relative_to(ROOT).as_posix() for path in DOCS.glob("*.md")}
    assert written <= linked
