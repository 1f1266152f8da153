"""The two READMEs are short and equal in content; each tick of the comparison names an existing test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")
COMPARISON = ROOT / "docs" / "comparison.md"
MOST_LINES = 130


def names_of_tests() -> set[str]:
    """The names of all test functions of the repository."""
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M)}


def readme(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def commands(text: str) -> list[str]:
    """The lines of the shell blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


def links(text: str) -> list[str]:
    """The targets of links and pictures; a Chinese page or picture is replaced by the English one."""
    found = re.findall(r"\]\(([^)]+)\)", text)
    return [re.sub(r"-zh\.jpg$", "-en.jpg", link.replace("docs/zh/", "docs/")) for link in found]


def test_every_tick_of_the_comparison_names_a_test_that_exists() -> None:
    rows = [line for line in COMPARISON.read_text("utf-8").splitlines() if "| ✓ `test_" in line]
    assert len(rows) > 20
    assert {test for row in rows for test in re.findall(r"`(test_\w+)`", row)} <= names_of_tests()


def test_every_tick_of_huwen_names_a_test_and_the_comparison_has_rows_without_a_tick() -> None:
    own = [line.split(" | ")[1] for line in COMPARISON.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert [cell for cell in own if cell.startswith("✓") and "`test_" not in cell] == []
    assert sum(cell.startswith("✗") for cell in own) >= 6


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_short(name: str) -> None:
    assert len(readme(name).splitlines()) <= MOST_LINES


def test_both_readmes_have_the_same_sections_commands_and_links() -> None:
    english, chinese = map(readme, READMES)
    assert len(re.findall(r"^## ", english, re.M)) == len(re.findall(r"^## ", chinese, re.M))
    assert commands(english) == commands(chinese)
    own = set(READMES)
    assert [link for link in links(english) if link not in own] == [link for link in links(chinese) if link not in own]
