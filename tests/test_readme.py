"""What the READMEs promise is held by tests that exist, and the two say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")
TESTS = {name for path in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.M)}


@pytest.mark.parametrize("name", READMES)
def test_every_row_beside_others_names_a_test_that_there_is(name: str) -> None:
    rows = [line for line in (ROOT / name).read_text("utf-8").splitlines() if "| ✓ `test_" in line]
    assert len(rows) > 20
    assert {test for row in rows for test in re.findall(r"`(test_\w+)`", row)} <= TESTS


def test_both_promise_the_same() -> None:
    promised = [re.findall(r"✓ `(test_\w+)`", (ROOT / name).read_text("utf-8")) for name in READMES]
    assert promised[0] == promised[1]


@pytest.mark.parametrize("name", READMES)
def test_every_picture_and_file_that_is_linked_is_there(name: str) -> None:
    linked = re.findall(r"\]\((?!https?://|#)([^)]+)\)", (ROOT / name).read_text("utf-8"))
    assert [path for path in linked if not (ROOT / path).exists()] == []
