"""Conventions without exceptions, and the terms of the glossary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conventions import ALLOWED_PARTICIPLES, ROOT, bare_participles, counts, python_files, shared_class_names

GLOSSARY = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| term")
]


def test_every_count_is_within_its_bound() -> None:
    assert [str(count) for count in counts() if count.value > count.bound] == []


def test_no_two_public_classes_share_a_name() -> None:
    assert shared_class_names() == {}


def test_no_function_is_named_by_a_bare_participle() -> None:
    assert bare_participles() == []
    assert all(ALLOWED_PARTICIPLES.values()), "each exception needs its reason"


@pytest.mark.parametrize("row", GLOSSARY, ids=lambda row: row[0])
def test_every_term_of_the_glossary_exists_in_the_code(row: list[str]) -> None:
    _, chinese, meaning, module, identifiers = row
    assert chinese
    assert meaning
    code = (ROOT / module).read_text("utf-8")
    for identifier in re.findall(r"`(\w+)`", identifiers):
        assert re.search(rf"\b{identifier}\b", code), f"{identifier} is not in {module}"


def test_the_glossary_has_each_term_once() -> None:
    terms = [row[0] for row in GLOSSARY]
    assert len(terms) >= 40
    assert len(terms) == len(set(terms))


def test_init_files_contain_only_a_docstring() -> None:
    files_with_code = [
        path.relative_to(ROOT).as_posix() for path in python_files("rag", "ui", "evals")
        if path.name == "__init__.py" and path != Path(ROOT / "rag" / "__init__.py") and _has_code(path)]
    assert files_with_code == []


def _has_code(path: Path) -> bool:
    text = path.read_text("utf-8").strip()
    return not (text.startswith('"""') and text.endswith('"""') and text.count('"""') == 2)
